"""Paying for the orders of a shop: test cards, or Stripe where it is configured. Pure."""

from __future__ import annotations

from agents.build.selling import currency, required
from agents.build.structure import Design, Serving
from contracts.model import ModelError

_TABLES = """\
create table app_payments (
  id uuid primary key default app_uuid(),
  order_id uuid not null references app_orders (id) on delete cascade,
  provider text not null check (provider in ('test', 'stripe')),
  simulated boolean not null,
  state text not null check (state in ('started', 'needs_confirmation', 'paid', 'declined',
    'expired', 'wrong_amount', 'refund_due', 'refunded')),
  amount numeric(14, 2) not null,
  currency text not null,
  -- What the provider calls it.
  reference text not null unique,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index app_payments_order on app_payments (order_id, created_at);
create unique index app_payments_paid on app_payments (order_id) where state = 'paid';
alter table app_payments enable row level security;
alter table app_payments force row level security;
create policy app_payments_select on app_payments for select
  using (exists (select 1 from app_orders o where o.id = app_payments.order_id));
create policy app_payments_insert on app_payments for insert
  with check ((select app_role()) = 'system');
create policy app_payments_update on app_payments for update
  using ((select app_role()) in ('admin', 'system'));

-- What a provider reported: each event counts once, however often it is sent.
create table app_payment_events (
  id text primary key,
  kind text not null,
  received_at timestamptz not null default now()
);
alter table app_payment_events enable row level security;
alter table app_payment_events force row level security;
create policy app_payment_events_system on app_payment_events
  using ((select app_role()) = 'system') with check ((select app_role()) = 'system');

-- Whoever cancels an order that is paid owes the money.
create function app_payments_return() returns trigger language plpgsql as $$
begin
  update app_payments set state = 'refund_due', updated_at = now()
    where order_id = new.id and state = 'paid';
  return null;
end $$;
create trigger app_payments_return after update of status on app_orders for each row
  when (new.status = 'cancelled' and old.status = 'paid')
  execute function app_payments_return();
"""

_DOWN = """\
drop trigger app_payments_return on app_orders;
drop function app_payments_return();
drop table app_payment_events;
drop table app_payments;
"""


def serve(design: Design) -> Serving | None:
    """The feature `payment`, beside the feature `cart`. Raises ModelError."""
    feature = design.feature("payment")
    if feature is None:
        return None
    sold = required(design, "payment")
    if "currency" in feature.params and currency(feature) != sold.currency:
        raise ModelError(
            f"feature payment: currency {feature.params['currency']} is not that of the cart,"
            f" {sold.currency}"
        )
    return Serving(
        about="Orders are paid by card: with Stripe Checkout once its keys are set, before that"
        " with test cards that charge nobody.",
        migrations={"payment": (_TABLES, _DOWN)},
        notes=(
            "Payment is simulated with test cards until STRIPE_SECRET_KEY is set",
            "Refunds are made at the payment provider and then marked on the order",
        ),
        env=(
            "# Real payments: without the key they are simulated. The webhook of Stripe is",
            "# /api/app/payment/webhook, with the events checkout.session.completed,",
            "# .async_payment_succeeded, .async_payment_failed and .expired.",
            "# STRIPE_SECRET_KEY=sk_live_…",
            "# STRIPE_WEBHOOK_SECRET=whsec_…",
        ),
    )
