import { defaultRole, roles } from '../../shared/app';
import { reach, type Row } from '../../shared/entity';
import { sold } from '../../shared/features/cart';
import { entityOf } from '../../shared/model';
import { withSettings } from '../../server/db';
import { type Client, signedUp } from './client';
import { author, create, mayCreate } from './records';

export const product = entityOf(sold.entity);

const someone = (role: string) => ({ id: '', email: '', name: '', role });

/** Whether somebody may make products, and new accounts, each in an organisation of its own, may buy them. */
export const shopOpen = product.ownership !== 'org' && reach(product, 'read', someone(defaultRole)) === 'all' && roles.some(({ key }) => mayCreate(product, someone(key)));

const least = Math.ceil(Math.max(0, product.fields[sold.price]?.min ?? 0));

/** A price that the field takes, from so many cents. */
export const money = (cents: number) => least + cents / 100;
export const sum = (...parts: number[]) => Math.round(parts.reduce((left, right) => left + right, 0) * 100) / 100;

/** Changes a product as the shop does: the form of the product may permit other values only. */
export const set = (row: Row, values: Record<string, number>) =>
  withSettings({ shop: 'on' }, (tx) => tx`update ${tx(product.table)} set ${tx(values)} where id = ${row.id}`);

/** A new product with this price and stock. */
export async function offered(price: number, stock: number): Promise<Row> {
  const maker = await author(product);
  if (!maker) throw new Error(`nobody may make a ${product.key}`);
  const row = await create(product, maker);
  await set(row, { [sold.price]: price, ...(sold.stock ? { [sold.stock]: stock } : {}) });
  return row;
}

export async function left(row: Row): Promise<number> {
  const [found] = await withSettings({ shop: 'on' }, (tx) => tx`select ${tx(sold.stock)} as left from ${tx(product.table)} where id = ${row.id}`);
  return Number(found?.left);
}

export const putInto = (client: Client, row: Row, quantity = 1) => client.call('POST', '/app/cart', { product: row.id, quantity });

/** Somebody new with a product in the cart, `quantity` times; `put` puts it there again. */
export async function buyer(quantity: number) {
  const [client, row] = [await signedUp(defaultRole), await offered(money(333), 9)];
  const put = () => putInto(client, row, quantity);
  await put();
  return { client, row, put, subtotal: sum(quantity * money(333)) };
}
