import { describe, expect, it } from 'vitest';
import { defaultRole } from '../../shared/app';
import { sold } from '../../shared/features/cart';
import { places, type Cart, type OrderDetail } from '../../shared/orders';
import { asUser } from '../../server/db';
import { type Client, guest, person, signedUp } from '../support/client';
import { left, money, offered, putInto, set, shopOpen, sum } from '../support/shop';

const details = { recipient: 'Ada', address: '1 Some Street' };
const order = (client: Client, input: object = details) => client.call('POST', '/app/cart/orders', input);

describe.runIf(shopOpen)('the cart', () => {
  it('is kept for each person, with sums from the database', async () => {
    const [cheap, dear] = [await offered(money(10), 9), await offered(money(1_999), 9)];
    const [buyer, other] = [await signedUp(defaultRole), await person(defaultRole, 'second')];
    expect((await putInto(buyer, cheap, 3)).status).toBe(201);
    expect((await putInto(buyer, dear)).status).toBe(201);
    expect((await putInto(buyer, dear)).status).toBe(201);
    expect((await buyer.json<Cart>('GET', '/app/cart')).subtotal).toBe(sum(3 * money(10), 2 * money(1_999)));
    await buyer.call('PATCH', `/app/cart/${cheap.id}`, { quantity: 0 });
    expect((await buyer.json<Cart>('GET', '/app/cart')).lines).toMatchObject([{ product: dear.id, quantity: 2, price: money(1_999), total: sum(2 * money(1_999)) }]);
    expect((await other.json<Cart>('GET', '/app/cart')).lines.map((line) => line.product)).not.toContain(dear.id);
    expect(await asUser(other.user, (tx) => tx`select * from app_cart_items where owner_id = ${buyer.user?.id ?? ''}`)).toHaveLength(0);
    expect((await guest().call('GET', '/app/cart')).status).toBe(401);
    expect((await order(guest())).status).toBe(401);
  });

  it.each([0, -1, 1.5, 1_000, 'two'])('refuses the quantity %s', async (quantity) => {
    expect((await (await person(defaultRole)).call('POST', '/app/cart', { product: crypto.randomUUID(), quantity })).status).toBe(422);
  });
});

describe.runIf(shopOpen)('an order', () => {
  it('keeps the prices of its moment, empties the cart and takes the stock', async () => {
    const row = await offered(money(1_234), 7);
    const buyer = await signedUp(defaultRole);
    await putInto(buyer, row, 3);
    expect((await order(buyer, { recipient: ' ', address: 'x' })).status).toBe(422);
    await set(row, { [sold.price]: money(1_005) });
    const made = (await (await order(buyer)).json()) as OrderDetail;
    const total = sum(3 * money(1_005));
    await set(row, { [sold.price]: money(1_900) });
    expect(await buyer.json('GET', `/app/cart/orders/${made.id}`)).toMatchObject({ status: 'placed', subtotal: total, total, lines: [{ price: money(1_005), quantity: 3, total }] });
    expect((await buyer.json<Cart>('GET', '/app/cart')).lines).toEqual([]);
    expect((await order(buyer)).status).toBe(409);
    if (sold.stock) expect(await left(row)).toBe(4);
  });

  it('is seen by its buyer and by administrators alone', async () => {
    const buyer = await signedUp(defaultRole);
    await putInto(buyer, await offered(money(100), 5));
    const { id } = (await (await order(buyer)).json()) as OrderDetail;
    const path = `/app/cart/orders/${id}`;
    expect((await (await signedUp(defaultRole)).call('GET', path)).status).toBe(404);
    expect((await (await signedUp(defaultRole)).call('POST', `${path}/steps`, { to: 'cancelled' })).status).toBe(404);
    expect((await (await person('admin')).call('GET', path)).status).toBe(200);
    expect((await buyer.call('GET', '/app/cart/orders?all=1')).status).toBe(403);
    expect(places.orders).not.toBe(places.all);
  });

  it('goes its way step by step, and only the shop leads it', async () => {
    const buyer = await signedUp(defaultRole);
    await putInto(buyer, await offered(money(100), 5));
    const { id } = (await (await order(buyer)).json()) as OrderDetail;
    const step = async (client: Client, to: string) => (await client.call('POST', `/app/cart/orders/${id}/steps`, { to })).status;
    const admin = await person('admin');
    expect(await step(buyer, 'paid')).toBe(409);
    expect(await step(admin, 'delivered')).toBe(409);
    for (const to of ['paid', 'shipped', 'delivered']) expect(await step(admin, to)).toBe(200);
    expect(await step(admin, 'cancelled')).toBe(409);
    expect(await step(buyer, 'cancelled')).toBe(409);
  });

  it('cannot be changed around the API: neither its money nor its state', async () => {
    const buyer = await signedUp(defaultRole);
    await putInto(buyer, await offered(money(500), 5));
    const { id } = (await (await order(buyer)).json()) as OrderDetail;
    await expect(asUser(buyer.user, (tx) => tx`update app_orders set discount = 5 where id = ${id}`)).rejects.toMatchObject({ code: '42501' });
    await expect(asUser(buyer.user, (tx) => tx`update app_orders set status = 'paid' where id = ${id}`)).rejects.toMatchObject({ code: '42501' });
    await expect(asUser({ id: buyer.user?.id ?? '', role: 'admin' }, (tx) => tx`update app_orders set status = 'delivered' where id = ${id}`)).rejects.toMatchObject({ code: '23514' });
  });

  it('is not made by looking at what it would come to', async () => {
    const row = await offered(money(250), 4);
    const buyer = await signedUp(defaultRole);
    await putInto(buyer, row, 2);
    expect(await buyer.json('POST', '/app/cart/preview', {})).toEqual({ subtotal: sum(2 * money(250)), discount: 0, total: sum(2 * money(250)) });
    expect((await buyer.json<Cart>('GET', '/app/cart')).lines).toHaveLength(1);
    if (sold.stock) expect(await left(row)).toBe(4);
  });
});

describe.runIf(shopOpen && sold.stock)('the stock', () => {
  it('is sold to exactly five of twenty buyers at the same moment', async () => {
    const row = await offered(money(300), 20);
    const buyers = await Promise.all(Array.from({ length: 20 }, () => signedUp(defaultRole)));
    for (const buyer of buyers) await putInto(buyer, row);
    await set(row, { [sold.stock]: 5 });
    const answers = await Promise.all(buyers.map((buyer) => order(buyer)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(5);
    const refused = answers.filter(({ status }) => status === 409);
    expect(refused).toHaveLength(15);
    for (const answer of refused) expect(((await answer.json()) as { error: string }).error).toContain('is sold out');
    expect(await left(row)).toBe(0);
  });

  it('says how many are left, and keeps the cart', async () => {
    const row = await offered(money(300), 5);
    const buyer = await signedUp(defaultRole);
    await putInto(buyer, row, 3);
    expect((await putInto(buyer, row, 3)).status).toBe(409);
    await set(row, { [sold.stock]: 2 });
    const answer = await order(buyer);
    expect(answer.status).toBe(409);
    expect(((await answer.json()) as { error: string }).error).toContain('Only 2 of');
    expect(await left(row)).toBe(2);
    expect((await buyer.json<Cart>('GET', '/app/cart')).lines).toMatchObject([{ quantity: 3, left: 2 }]);
  });

  it('comes back exactly once, however often an order is cancelled', async () => {
    const row = await offered(money(300), 5);
    const buyer = await signedUp(defaultRole);
    await putInto(buyer, row, 2);
    const { id } = (await (await order(buyer)).json()) as OrderDetail;
    expect(await left(row)).toBe(3);
    const answers = await Promise.all(Array.from({ length: 6 }, () => buyer.call('POST', `/app/cart/orders/${id}/steps`, { to: 'cancelled' })));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409, 409, 409, 409, 409]);
    expect(await left(row)).toBe(5);
  });

  it('does not let orders of the same products wait for each other', async () => {
    const rows = [await offered(money(100), 9), await offered(money(100), 9), await offered(money(100), 9)];
    const buyers = await Promise.all(Array.from({ length: 8 }, () => signedUp(defaultRole)));
    for (const [index, buyer] of buyers.entries()) for (const row of index % 2 ? rows : rows.toReversed()) await putInto(buyer, row);
    expect((await Promise.all(buyers.map(async (buyer) => (await order(buyer)).status))).every((status) => status === 201)).toBe(true);
    for (const row of rows) expect(await left(row)).toBe(1);
  });
});
