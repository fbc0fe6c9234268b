import { describe, expect, it } from 'vitest';
import { randomUUID } from 'node:crypto';
import { defaultRole } from '../../shared/app';
import type { Coupon } from '../../shared/coupons';
import { asUser } from '../../server/db';
import { type Client, guest, person, signedUp } from '../support/client';
import { buyer, shopOpen } from '../support/shop';

const newCode = () => `T-${randomUUID().slice(0, 12).toUpperCase()}`;
const order = (client: Client, code: string) => client.call('POST', '/app/cart/orders', { recipient: 'Ada', address: '1 Some Street', code });

async function coupon(values: object): Promise<Coupon> {
  const answer = await (await person('admin')).call('POST', '/app/coupons', { code: newCode(), ...values });
  expect(answer.status, await answer.clone().text()).toBe(201);
  return (await answer.json()) as Coupon;
}

async function errorOf(answer: Response): Promise<string> {
  expect(answer.status).toBe(422);
  return ((await answer.json()) as { errors: { code: string } }).errors.code;
}

describe('coupons', () => {
  it('are made and seen by administrators alone', async () => {
    const member = await person(defaultRole);
    expect((await guest().call('GET', '/app/coupons')).status).toBe(401);
    expect((await member.call('GET', '/app/coupons')).status).toBe(403);
    expect((await member.call('POST', '/app/coupons', { code: newCode(), percent: 100 })).status).toBe(403);
    const { code } = await coupon({ percent: 10 });
    expect(await asUser(member.user, (tx) => tx`select * from app_coupons where code = ${code}`)).toHaveLength(0);
    await expect(asUser(member.user, (tx) => tx`insert into app_coupons (code, percent) values ('FREE-100', 100)`)).rejects.toMatchObject({ code: '42501' });
  });

  it.each([
    ['code', { code: 'a!' }],
    ['percent', {}],
    ['percent', { percent: 5, amount: 5 }],
    ['percent', { percent: 101 }],
    ['amount', { amount: -1 }],
    ['valid_until', { percent: 5, valid_from: '2030-01-02T00:00:00Z', valid_until: '2030-01-01T00:00:00Z' }],
    ['max_uses', { percent: 5, max_uses: 0 }],
  ])('are refused with a wrong %s: %o', async (key, values) => {
    const answer = await (await person('admin')).call('POST', '/app/coupons', { code: newCode(), ...values });
    expect(answer.status).toBe(422);
    expect(await answer.json()).toHaveProperty(`errors.${key}`);
  });
});

describe.runIf(shopOpen)('an order with a coupon', () => {
  it('costs less by a percentage or an amount, never less than nothing', async () => {
    for (const [values, share] of [[{ percent: 12.5 }, 0.125], [{ amount: 999_999 }, 1]] as const) {
      const { client, subtotal } = await buyer(3);
      const { code } = await coupon(values);
      const discount = Math.round(subtotal * share * 100) / 100;
      const totals = { subtotal, discount, total: Math.round((subtotal - discount) * 100) / 100 };
      expect(await client.json('POST', '/app/cart/preview', { code: ` ${code.toLowerCase()} ` })).toEqual(totals);
      expect(await (await order(client, code)).json()).toMatchObject(totals);
    }
  });

  it('is refused with words when the coupon does not hold', async () => {
    const { client } = await buyer(1);
    const late = await coupon({ percent: 5, valid_until: '2020-01-01T00:00:00Z' });
    const early = await coupon({ percent: 5, valid_from: '2999-01-01T00:00:00Z' });
    const large = await coupon({ percent: 5, minimum: 900_000_000 });
    const off = await coupon({ percent: 5 });
    await (await person('admin')).call('PATCH', `/app/coupons/${off.id}`, { active: false });
    expect(await errorOf(await order(client, 'NO-SUCH-CODE'))).toContain('no such coupon');
    expect(await errorOf(await order(client, late.code))).toContain('any more');
    expect(await errorOf(await order(client, early.code))).toContain('not valid yet');
    expect(await errorOf(await order(client, large.code))).toContain('900000000.00 or more');
    expect(await errorOf(await order(client, off.code))).toContain('no such coupon');
    expect((await order(client, '')).status).toBe(201);
  });

  it('cannot be used to guess codes without end', async () => {
    const { client } = await buyer(1);
    const guesses = await Promise.all(Array.from({ length: 62 }, (_, index) => client.call('POST', '/app/cart/preview', { code: `GUESS-${index}` })));
    expect(guesses.filter(({ status }) => status === 422)).toHaveLength(60);
    expect(guesses.filter(({ status }) => status === 429)).toHaveLength(2);
  });

  it('uses a coupon once per person, until the order is cancelled', async () => {
    const { client, put } = await buyer(1);
    const { code } = await coupon({ percent: 5, once_per_person: true });
    const { id } = (await (await order(client, code)).json()) as { id: string };
    await put();
    expect(await errorOf(await order(client, code))).toContain('already');
    await client.call('POST', `/app/cart/orders/${id}/steps`, { to: 'cancelled' });
    expect((await order(client, code)).status).toBe(201);
  });

  it('never uses a coupon more often than it may be, however many order at once', async () => {
    const buyers = await Promise.all(Array.from({ length: 6 }, () => buyer(1)));
    const made = await coupon({ percent: 5, max_uses: 2 });
    const answers = await Promise.all(buyers.map(({ client }) => order(client, made.code)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 201, 422, 422, 422, 422]);
    const found = (await (await person('admin')).json<Coupon[]>('GET', '/app/coupons')).find(({ id }) => id === made.id);
    expect(found?.used).toBe(2);
    expect((await (await signedUp(defaultRole)).call('PATCH', `/app/coupons/${made.id}`, { active: true })).status).toBe(403);
  });
});
