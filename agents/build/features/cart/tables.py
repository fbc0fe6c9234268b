"""The tables of cart and orders in SQL. Pure.

An order is made, and stock is changed, under the setting `app.shop`: policies open what is sold
to it, and triggers keep everybody else from the money of an order.
"""

from __future__ import annotations

from agents.build.render.literals import name, short_name
from agents.build.render.policies import ME
from agents.build.selling import Selling

_SHOP = "app_setting('shop') = 'on'"
_STAFF = "(select app_role()) in ('admin', 'system')"

_TABLES = """\
create table app_cart_items (
  owner_id uuid not null default app_user_id() references app_users (id) on delete cascade,
  product_id uuid not null references {product} (id) on delete cascade,
  quantity integer not null check (quantity between 1 and 999),
  created_at timestamptz not null default now(),
  primary key (owner_id, product_id)
);
create index app_cart_items_product on app_cart_items (product_id);
alter table app_cart_items enable row level security;
alter table app_cart_items force row level security;
create policy app_cart_items_own on app_cart_items using (owner_id = {me}) with check
  (owner_id = {me} and exists (select 1 from {product} t where t.id = app_cart_items.product_id));

create table app_orders (
  id uuid primary key default app_uuid(),
  number bigint generated always as identity unique,
  -- An order outlives the account that made it.
  owner_id uuid default app_user_id() references app_users (id) on delete set null,
  status text not null default 'placed'
    check (status in ('placed', 'paid', 'shipped', 'delivered', 'cancelled')),
  recipient text not null check (char_length(recipient) between 1 and 200),
  address text not null check (char_length(address) between 1 and 1000),
  note text check (char_length(note) <= 1000),
  currency text not null,
  subtotal numeric(14, 2) not null check (subtotal >= 0),
  discount numeric(14, 2) not null default 0,
  total numeric(14, 2) generated always as (subtotal - discount) stored,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint app_orders_discount check (discount between 0 and subtotal)
);
create index app_orders_owner on app_orders (owner_id, created_at desc);
create index app_orders_status on app_orders (status, created_at desc);
alter table app_orders enable row level security;
alter table app_orders force row level security;
create policy app_orders_select on app_orders for select using (owner_id = {me} or {staff});
create policy app_orders_insert on app_orders for insert
  with check (owner_id = {me} and status = 'placed' and {shop});
create policy app_orders_update on app_orders for update using (owner_id = {me} or {staff});

create table app_order_items (
  id uuid primary key default app_uuid(),
  order_id uuid not null references app_orders (id) on delete cascade,
  product_id uuid references {product} (id) on delete set null,
  title text not null,
  price numeric(14, 2) not null check (price >= 0),
  quantity integer not null check (quantity between 1 and 999),
  total numeric(14, 2) generated always as (price * quantity) stored,
  -- Whether the quantity was taken from the stock, and so has to go back there.
  counted boolean not null
);
create index app_order_items_order on app_order_items (order_id);
create index app_order_items_product on app_order_items (product_id);
alter table app_order_items enable row level security;
alter table app_order_items force row level security;
create policy app_order_items_select on app_order_items for select
  using (exists (select 1 from app_orders o where o.id = app_order_items.order_id));
create policy app_order_items_insert on app_order_items for insert
  with check ({shop} and exists (select 1 from app_orders o where o.id = app_order_items.order_id));

create policy {select} on {product} for select using ({shop});
create policy {update} on {product} for update using ({shop}) with check ({shop});

create function app_orders_step() returns trigger language plpgsql as $$
begin
  if app_setting('shop') is distinct from 'on'
    and (new.subtotal, new.discount, new.currency) is distinct from
      (old.subtotal, old.discount, old.currency)
    or (new.id, new.number, new.recipient, new.address, new.note, new.created_at)
      is distinct from (old.id, old.number, old.recipient, old.address, old.note, old.created_at)
    or coalesce(new.owner_id, old.owner_id) is distinct from old.owner_id then
    raise exception 'what was ordered stays as it is' using errcode = '42501';
  end if;
  if new.status = old.status then return new; end if;
  if (old.status, new.status) not in (('placed', 'paid'), ('paid', 'shipped'),
    ('shipped', 'delivered'), ('placed', 'cancelled'), ('paid', 'cancelled')) then
    raise exception 'an order that is % cannot become %', old.status, new.status
      using errcode = '23514';
  end if;
  if coalesce(app_role(), '') not in ('admin', 'system')
    and (old.status, new.status) <> ('placed', 'cancelled') then
    raise exception 'an order becomes % by the shop alone', new.status using errcode = '42501';
  end if;
  new.updated_at := now();
  return new;
end $$;
create trigger app_orders_step before update on app_orders
  for each row execute function app_orders_step();
"""

_RETURN = """
-- Cancelling is final (app_orders_step), so that this runs once for an order.
create function app_orders_return() returns trigger language plpgsql as $$
declare
  before text := coalesce(app_setting('shop'), '');
begin
  perform set_config('app.shop', 'on', true);
  -- In the order in which orders lock them too, or the two could wait for each other.
  perform 1 from {product} t where t.id in
    (select product_id from app_order_items where order_id = new.id and counted)
    order by t.id for update;
  update {product} t set {stock} = t.{stock} + i.quantity from app_order_items i
    where i.order_id = new.id and i.counted and t.id = i.product_id and t.{stock} is not null;
  perform set_config('app.shop', before, true);
  return null;
end $$;
create trigger app_orders_return after update of status on app_orders for each row
  when (new.status = 'cancelled' and old.status <> 'cancelled')
  execute function app_orders_return();
"""

_DOWN = """\
drop policy {update} on {product};
drop policy {select} on {product};
drop table app_order_items;
drop table app_orders;
drop table app_cart_items;
drop function app_orders_step();
"""


def tables(sold: Selling) -> tuple[str, str]:
    """The SQL, up and down."""
    table = sold.table.name
    values = {
        "{product}": name(table),
        "{stock}": name(sold.stock),
        "{me}": ME,
        "{staff}": _STAFF,
        "{shop}": _SHOP,
        "{select}": name(short_name(table, "shop_select")),
        "{update}": name(short_name(table, "shop_update")),
    }
    up = _TABLES + (_RETURN if sold.stock else "")
    down = _DOWN + ("drop function app_orders_return();\n" if sold.stock else "")
    for key, value in values.items():
        up, down = up.replace(key, value), down.replace(key, value)
    return up, down
