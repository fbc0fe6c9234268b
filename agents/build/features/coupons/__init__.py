"""Coupons for the orders of a shop: a percentage or an amount off. Pure."""

from __future__ import annotations

from agents.build.render.literals import ts
from agents.build.selling import required
from agents.build.structure import Design, Route, Serving

_TABLES = """\
create table app_coupons (
  id uuid primary key default app_uuid(),
  code text not null unique check (code ~ '^[A-Z0-9-]{3,30}$'),
  percent numeric(5, 2) check (percent > 0 and percent <= 100),
  amount numeric(14, 2) check (amount > 0),
  minimum numeric(14, 2) not null default 0 check (minimum >= 0),
  valid_from timestamptz,
  valid_until timestamptz,
  max_uses integer check (max_uses > 0),
  used integer not null default 0 check (used >= 0),
  once_per_person boolean not null default false,
  active boolean not null default true,
  created_at timestamptz not null default now(),
  constraint app_coupons_kind check (num_nonnulls(percent, amount) = 1),
  constraint app_coupons_period check (valid_from < valid_until),
  constraint app_coupons_uses check (used <= max_uses)
);
alter table app_coupons enable row level security;
alter table app_coupons force row level security;
-- A code is a secret of those who were given it: orders look for one under the setting app.shop.
create policy app_coupons_select on app_coupons for select
  using ((select app_role()) = 'admin' or app_setting('shop') = 'on');
create policy app_coupons_insert on app_coupons for insert
  with check ((select app_role()) = 'admin');
create policy app_coupons_update on app_coupons for update
  using ((select app_role()) = 'admin' or app_setting('shop') = 'on');

create table app_coupon_uses (
  order_id uuid primary key references app_orders (id) on delete cascade,
  coupon_id uuid not null references app_coupons (id) on delete restrict,
  owner_id uuid default app_user_id() references app_users (id) on delete set null,
  -- The owner once more where the coupon is for once: two at the same moment cannot both be kept.
  only_once uuid,
  created_at timestamptz not null default now(),
  constraint app_coupon_uses_once unique (coupon_id, only_once)
);
create index app_coupon_uses_owner on app_coupon_uses (owner_id);
alter table app_coupon_uses enable row level security;
alter table app_coupon_uses force row level security;
create policy app_coupon_uses_select on app_coupon_uses for select
  using (owner_id = (select app_user_id()) or (select app_role()) = 'admin');
create policy app_coupon_uses_insert on app_coupon_uses for insert
  with check (owner_id = (select app_user_id()) and app_setting('shop') = 'on');
create policy app_coupon_uses_delete on app_coupon_uses for delete
  using (app_setting('shop') = 'on');

-- An order that is cancelled has used no coupon.
create function app_coupons_return() returns trigger language plpgsql as $$
declare
  before text := coalesce(app_setting('shop'), '');
  coupon uuid;
begin
  perform set_config('app.shop', 'on', true);
  delete from app_coupon_uses where order_id = new.id returning coupon_id into coupon;
  update app_coupons set used = used - 1 where id = coupon;
  perform set_config('app.shop', before, true);
  return null;
end $$;
create trigger app_coupons_return after update of status on app_orders for each row
  when (new.status = 'cancelled' and old.status <> 'cancelled')
  execute function app_coupons_return();
"""

_DOWN = """\
drop trigger app_coupons_return on app_orders;
drop function app_coupons_return();
drop table app_coupon_uses;
drop table app_coupons;
"""


def serve(design: Design) -> Serving | None:
    """The feature `coupons`, beside the feature `cart`. Raises ModelError."""
    if design.feature("coupons") is None:
        return None
    sold = required(design, "coupons")
    return Serving(
        about="Coupons that administrators make: a percentage or an amount off an order, with a"
        " period, a minimum, a number of uses, and once per person where they want that.",
        files={
            "shared/features/coupons.ts": "/** What amounts of coupons are in. */\n"
            f"export const currency = {ts(sold.currency)};\n"
        },
        migrations={"coupons": (_TABLES, _DOWN)},
        routes=(
            Route(path="/coupons", title="Coupons", kind="coupons",
                  audience=("admin",), nav=True),
        ),
    )  # fmt: skip
