create schema shop;
create type shop.state as enum ('new', 'paid', 'it''s "sent"');
create type shop.size as (width integer, height numeric(10, 2));
create type shop.span as range (subtype = date);
create domain shop.email as text collate "C" default 'x@y.z' not null constraint looks_right check (value like '%@%');
create sequence shop.numbers increment by 5 start with 10;
create function shop.slug(text) returns text language sql immutable as $$ select lower($1) $$;
create function shop.touch() returns trigger language plpgsql as $$ begin new.changed := now(); return new; end $$;
create procedure shop.nothing() language plpgsql as $$ begin null; end $$;
create aggregate shop.longest(text) (sfunc = textcat, stype = text, initcond = '');
create table shop.customers (
  id bigint generated always as identity primary key,
  email shop.email,
  name text not null default 'nobody',
  slug integer generated always as (length(name) * 2) stored,
  handle text default shop.slug('A'),
  number integer default nextval('shop.numbers'),
  "Quoted ""name"" 🍰" text,
  changed timestamptz default now(),
  unique (name, number) deferrable initially deferred
);
alter sequence shop.numbers owned by shop.customers.number;
create table public.orders (
  id uuid primary key default gen_random_uuid(),
  customer bigint not null references shop.customers (id) on delete cascade,
  state shop.state not null default 'new',
  size shop.size,
  during shop.span,
  amount numeric(12, 2) constraint positive check (amount > 0),
  note text
);
alter table public.orders alter column note set storage external;
alter table public.orders alter column note set statistics 50;
create unlogged table public.scratch (line text) with (fillfactor = 70);
create table public.events (at date not null, what text, number serial) partition by range (at);
create table public.events_2026 partition of public.events for values from ('2026-01-01') to ('2027-01-01');
create index on public.events (what);
create table public.empty ();
create unique index orders_open on public.orders (customer, lower(note)) include (amount) where state = 'new';
create view public.open_orders with (security_invoker = true) as
  select id, customer from public.orders where state = 'new';
create view public.counted as select customer, count(*) from public.open_orders group by customer;
create materialized view public.totals as select customer, sum(amount) as total from public.orders group by customer;
create unique index totals_customer on public.totals (customer);
create trigger touched before update on shop.customers for each row execute function shop.touch();
alter table shop.customers disable trigger touched;
create rule keep as on delete to public.scratch do instead nothing;
alter table public.orders enable row level security;
alter table public.orders force row level security;
create policy own on public.orders for select to public using (customer = 1);
create policy no_gifts on public.orders as restrictive for insert with check (amount > 1);
create statistics shop.together (dependencies) on name, number from shop.customers;
grant select, insert on public.orders to pg_monitor;
grant update (note) on public.orders to pg_monitor with grant option;
revoke execute on function shop.slug(text) from public;
grant usage on schema shop to pg_monitor;
alter default privileges in schema shop grant select on tables to pg_monitor;
comment on table public.orders is 'What was ordered; it''s "quoted" \ here';
comment on column public.orders.note is 'For the driver';
comment on constraint positive on public.orders is 'No gifts';
comment on function shop.slug(text) is 'Lower case';
comment on type shop.state is 'Where it is';
comment on index public.orders_open is 'Open only';
comment on policy own on public.orders is 'Own';
comment on trigger touched on shop.customers is 'When';
comment on schema shop is 'All of it';
