import { sold } from '../../shared/features/cart';
import { entityOf } from '../../shared/model';
import type { Cart, Line } from '../../shared/orders';
import type { Sql, Tx } from '../db';
import { fail } from '../http';
import { alive, labelOf } from '../queries';

export const product = entityOf(sold.entity);

/** What the product is called on an order. */
export const title = (tx: Tx): Sql => tx`coalesce(nullif(${labelOf(tx, product, 't')}, ''), ${product.title})`;
export const price = (tx: Tx): Sql => tx`t.${tx(sold.price)}`;
/** How many there are; null when nobody counts. */
export const stock = (tx: Tx): Sql => (sold.stock ? tx`t.${tx(sold.stock)}` : tx`null::integer`);

/** Lines of `given (product_id, quantity)` with today's prices, as the current user sees them. */
export async function priced(tx: Tx, given: Sql): Promise<Cart> {
  const image = sold.image ? tx`t.${tx(sold.image)}` : tx`null`;
  const lines = await tx<Line[]>`
    select g.product_id as product, case when t.id is not null then ${title(tx)} end as title, ${image} as image, ${price(tx)} as price,
      g.quantity, round(${price(tx)} * g.quantity, 2) as total, greatest(${stock(tx)}, 0) as left
    from (${given}) g left join ${tx(product.table)} t on t.id = g.product_id and ${alive(tx, product)} order by g.place, g.product_id`;
  const [sum] = await tx`
    select coalesce(sum(round(${price(tx)} * g.quantity, 2)), 0) as subtotal
    from (${given}) g join ${tx(product.table)} t on t.id = g.product_id and ${alive(tx, product)}`;
  return { lines: [...lines], subtotal: Number(sum?.subtotal) };
}

export const own = (tx: Tx): Sql => tx`select product_id, quantity, created_at as place from app_cart_items where owner_id = app_user_id()`;

/** What a guest carries. */
export const carried = (tx: Tx, lines: readonly { product: string; quantity: number }[]): Sql =>
  tx`select * from unnest(${lines.map((line) => line.product)}::uuid[], ${lines.map((line) => line.quantity)}::integer[]) with ordinality as u (product_id, quantity, place)`;

export function soldOut(title: string, left: number): string {
  return left > 0 ? `Only ${left} of “${title}” are left` : `“${title}” is sold out`;
}

/** The product as the current user sees it, when it can be bought in this quantity. */
async function offered(tx: Tx, id: string, quantity: number): Promise<void> {
  const [found] = await tx`select ${title(tx)} as title, ${price(tx)} as price, ${stock(tx)} as left
    from ${tx(product.table)} t where t.id = ${id} and ${alive(tx, product)}`;
  if (!found) return fail(404, `There is no such ${product.title.toLowerCase()}`);
  if (found.price === null || Number(found.price) < 0) fail(409, `“${found.title}” has no price`);
  if (found.left !== null && Number(found.left) < quantity) fail(409, soldOut(String(found.title), Number(found.left)));
}

/** Adds to what is in the cart. Whether there are enough is decided again by the order. */
export async function add(tx: Tx, id: string, quantity: number): Promise<void> {
  const [line] = await tx`select quantity from app_cart_items where owner_id = app_user_id() and product_id = ${id}`;
  await offered(tx, id, Number(line?.quantity ?? 0) + quantity);
  await tx`insert into app_cart_items as c (product_id, quantity) values (${id}, ${quantity})
    on conflict (owner_id, product_id) do update set quantity = least(999, c.quantity + excluded.quantity)`;
}

/** Says how many of a product are in the cart; 0 takes it out. */
export async function put(tx: Tx, id: string, quantity: number): Promise<void> {
  if (quantity === 0) await tx`delete from app_cart_items where owner_id = app_user_id() and product_id = ${id}`;
  else {
    await offered(tx, id, quantity);
    await tx`update app_cart_items set quantity = ${quantity} where owner_id = app_user_id() and product_id = ${id}`;
  }
}
