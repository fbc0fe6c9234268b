import { sold } from '../../shared/features/cart';
import type { User } from '../../shared/entity';
import { places, type OrderDetail, type OrderRow, type Status, type Totals } from '../../shared/orders';
import { nextSteps } from '../../shared/orders';
import { announce } from '../changes';
import { asUser, type Sql, type Tx } from '../db';
import { features } from '../features';
import { fail } from '../http';
import { newId } from '../ids';
import { alive } from '../queries';
import { price, product, soldOut, stock, title } from './cart';

interface Details {
  recipient: string;
  address: string;
  note: string | null;
}

/** Locks the cart, then what is in it by id, so that two orders never wait for each other. */
async function lock(tx: Tx): Promise<void> {
  const lines = await tx`select c.product_id, c.quantity, exists (select 1 from ${tx(product.table)} t where t.id = c.product_id and ${alive(tx, product)}) as visible
    from app_cart_items c where c.owner_id = app_user_id() order by c.product_id for update of c`;
  if (lines.length === 0) fail(409, 'The cart is empty');
  await tx`select set_config('app.shop', 'on', true)`;
  const found = await tx`select t.id, ${title(tx)} as title, ${price(tx)} as price, ${stock(tx)} as left
    from ${tx(product.table)} t where t.id = any(${lines.map((line) => String(line.product_id))}::uuid[]) and ${alive(tx, product)} order by t.id for update`;
  const byId = new Map(found.map((each) => [String(each.id), each]));
  const problems = lines.flatMap((line) => {
    const each = byId.get(String(line.product_id));
    if (!each || !line.visible) return [`A ${product.title.toLowerCase()} in the cart is not offered any more: take it out`];
    if (each.price === null || Number(each.price) < 0) return [`“${each.title}” has no price any more`];
    return each.left !== null && Number(each.left) < Number(line.quantity) ? [soldOut(String(each.title), Number(each.left))] : [];
  });
  if (problems.length > 0) fail(409, problems.join('; '));
}

/** Makes an order of the cart: prices as they are now, stock taken, the cart empty; all of it or nothing. */
async function place(tx: Tx, user: User, details: Details, input: Readonly<Record<string, unknown>>): Promise<string> {
  await lock(tx);
  const id = newId();
  const lines = tx`from app_cart_items c join ${tx(product.table)} t on t.id = c.product_id where c.owner_id = app_user_id()`;
  await tx`insert into app_orders (id, recipient, address, note, currency, subtotal)
    select ${id}::uuid, ${details.recipient}::text, ${details.address}::text, ${details.note}::text, ${sold.currency}::text, sum(${price(tx)} * c.quantity) ${lines}`;
  await tx`insert into app_order_items (order_id, product_id, title, price, quantity, counted)
    select ${id}::uuid, t.id, ${title(tx)}, ${price(tx)}, c.quantity, ${stock(tx)} is not null ${lines}`;
  if (sold.stock) {
    await tx`update ${tx(product.table)} t set ${tx(sold.stock)} = ${stock(tx)} - c.quantity
      from app_cart_items c where c.owner_id = app_user_id() and t.id = c.product_id and ${stock(tx)} is not null`;
  }
  await tx`delete from app_cart_items where owner_id = app_user_id()`;
  for (const { ordered } of features) await ordered?.(tx, user, { id, input });
  await tx`select set_config('app.shop', '', true)`;
  return id;
}

const columns = (tx: Tx): Sql => tx`o.id, o.number, o.status, o.currency, o.recipient, o.subtotal, o.discount, o.total, o.created_at, coalesce(o.owner_id = app_user_id(), false) as mine`;

export async function detail(tx: Tx, id: string): Promise<OrderDetail> {
  const [order] = await tx<OrderDetail[]>`select ${columns(tx)}, o.address, o.note from app_orders o where o.id = ${id}`;
  if (!order) return fail(404, 'There is no such order');
  const lines = await tx<OrderDetail['lines']>`select product_id as product, title, price, quantity, total from app_order_items where order_id = ${id} order by id`;
  return { ...order, lines: [...lines] };
}

export const order = (user: User, details: Details, input: Readonly<Record<string, unknown>>): Promise<OrderDetail> =>
  asUser(user, async (tx) => detail(tx, await place(tx, user, details, input)));

class TakenBack extends Error {
  constructor(readonly totals: Totals) {
    super('a preview is taken back');
  }
}

/** What an order would come to: it is made and taken back, so that nothing can differ. */
export async function preview(user: User, input: Readonly<Record<string, unknown>>): Promise<Totals> {
  const details = { recipient: '–', address: '–', note: null };
  const made = asUser(user, async (tx) => {
    const { subtotal, discount, total } = await detail(tx, await place(tx, user, details, input));
    throw new TakenBack({ subtotal, discount, total });
  });
  return made.catch((error: unknown) => {
    if (error instanceof TakenBack) return error.totals;
    throw error;
  });
}

const pageSize = 20;

/** Orders, newest first; those of everybody for administrators who ask for `all`. */
export function list(user: User, all: boolean, status: string | undefined, page: number) {
  return asUser(user, async (tx) => {
    const where = tx`${all ? tx`true` : tx`o.owner_id = app_user_id()`} and ${status ? tx`o.status = ${status}` : tx`true`}`;
    const items = await tx<OrderRow[]>`select ${columns(tx)} from app_orders o where ${where} order by o.number desc limit ${pageSize} offset ${(page - 1) * pageSize}`;
    const [count] = await tx`select count(*)::int as total from app_orders o where ${where}`;
    return { items: [...items], total: Number(count?.total ?? 0), page, pageSize };
  });
}

/** Takes an order a step further and tells its buyer. */
export function step(user: User, id: string, to: Status): Promise<OrderDetail> {
  return asUser(user, async (tx) => {
    const [found] = await tx<{ number: number; status: Status; owner_id: string | null }[]>`select number, status, owner_id from app_orders where id = ${id} for update`;
    if (!found) return fail(404, 'There is no such order');
    if (!nextSteps(found.status, user.role === 'admin').includes(to)) fail(409, `An order that is ${found.status} cannot become ${to} now`);
    await tx`update app_orders set status = ${to} where id = ${id}`.catch((error: { code?: string }) => {
      if (error.code === '23514') fail(409, 'The stock cannot take it back: a product would have more than it may');
      throw error;
    });
    if (found.owner_id && found.owner_id !== user.id) await announce(tx, { to: found.owner_id, text: `Your order ${found.number} is now ${to}`, path: places.order(id) });
    return detail(tx, id);
  });
}
