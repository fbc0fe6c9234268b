import { createHmac, randomUUID } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { defaultRole } from '../../shared/app';
import { type Payments, testCards } from '../../shared/payment';
import { asUser } from '../../server/db';
import { minor, signed } from '../../server/payment/stripe';
import { app } from '../../server/app';
import { type Client, guest, person, signedUp } from '../support/client';
import { buyer, shopOpen } from '../support/shop';

// Whatever .env says: no test may charge anybody.
beforeEach(() => {
  vi.stubEnv('STRIPE_SECRET_KEY', '');
});
afterEach(() => {
  vi.unstubAllEnvs();
});

const [good, bad, asking] = testCards.map(({ number }) => number);

async function ordered() {
  const { client } = await buyer(1);
  const made = await client.json<{ id: string; total: number; currency: string }>('POST', '/app/cart/orders', { recipient: 'Ada', address: '1 Some Street' });
  return { client, ...made, path: `/app/payment/${made.id}`, status: async () => (await client.json<{ status: string }>('GET', `/app/cart/orders/${made.id}`)).status };
}

const states = async (client: Client, path: string) => (await client.json<Payments>('GET', path)).payments.map(({ state }) => state);

describe.runIf(shopOpen)('a simulated payment', () => {
  it('is marked as one, and pays the order once', async () => {
    const { client, path, status } = await ordered();
    expect(await client.json('GET', path)).toEqual({ simulated: true, test: true, payments: [] });
    expect((await client.call('POST', path, { card: '1234 5678 9012 3456' })).status).toBe(422);
    expect(await client.json('POST', path, { card: bad })).toEqual({ state: 'declined', redirect: null });
    expect(await status()).toBe('placed');
    const answers = await Promise.all([1, 2, 3].map(() => client.call('POST', path, { card: good })));
    expect(answers.some((answer) => answer.status === 201)).toBe(true);
    expect(await status()).toBe('paid');
    expect((await states(client, path)).filter((state) => state === 'paid')).toHaveLength(1);
    expect((await client.call('POST', path, { card: good })).status).toBe(409);
  });

  it('waits for a confirmation where the card asks for one', async () => {
    const { client, path, status } = await ordered();
    expect((await client.call('POST', `${path}/confirm`, { agreed: true })).status).toBe(409);
    expect(await client.json('POST', path, { card: asking })).toMatchObject({ state: 'needs_confirmation' });
    expect(await status()).toBe('placed');
    expect(await client.json('POST', `${path}/confirm`, { agreed: false })).toMatchObject({ state: 'declined' });
    await client.call('POST', path, { card: asking });
    expect(await client.json('POST', `${path}/confirm`, { agreed: true })).toMatchObject({ state: 'paid' });
    expect(await status()).toBe('paid');
  });

  it('belongs to the buyer of the order', async () => {
    const { client, path, id } = await ordered();
    const other = await signedUp(defaultRole);
    expect((await guest().call('POST', path, { card: good })).status).toBe(401);
    for (const somebody of [other, await person('admin')]) expect((await somebody.call('POST', path, { card: good })).status).toBe(404);
    await client.call('POST', path, { card: good });
    expect(await states(other, path)).toEqual([]);
    await expect(asUser(client.user, (tx) => tx`insert into app_payments (order_id, provider, simulated, state, amount, currency, reference) values (${id}, 'test', true, 'paid', 1, 'EUR', 'forged')`)).rejects.toMatchObject({ code: '42501' });
  });

  it('is owed back when the order is cancelled', async () => {
    const { client, path, id } = await ordered();
    await client.call('POST', path, { card: good });
    const admin = await person('admin');
    expect((await admin.call('POST', `/app/cart/orders/${id}/steps`, { to: 'cancelled' })).status).toBe(200);
    expect(await states(client, path)).toEqual(['refund_due']);
    expect((await client.call('POST', `${path}/refunded`, {})).status).toBe(403);
    expect((await admin.call('POST', `${path}/refunded`, {})).status).toBe(204);
    expect(await states(client, path)).toEqual(['refunded']);
  });
});

const secret = 'whsec_of_the_test';

async function report(payload: string, { key = secret, at = Math.floor(Date.now() / 1_000) } = {}): Promise<Response> {
  const signature = createHmac('sha256', key).update(`${at}.${payload}`).digest('hex');
  return app.request('/api/app/payment/webhook', { method: 'POST', body: payload, headers: { 'content-type': 'application/json; charset=utf-8', 'stripe-signature': `t=${at},v1=${'0'.repeat(64)},v1=${signature}` } });
}

describe.runIf(shopOpen)('Stripe', () => {
  let server: Server;
  let answer: { status: number; body: object };
  const asked: { headers: IncomingHttpHeaders; body: URLSearchParams }[] = [];

  beforeEach(async () => {
    asked.length = 0;
    const session = `cs_${randomUUID()}`;
    answer = { status: 200, body: { id: session, url: `https://checkout.example/${session}` } };
    server = createServer((request, response) => {
      let text = '';
      request.on('data', (part: Buffer) => (text += part.toString()));
      request.on('end', () => {
        asked.push({ headers: request.headers, body: new URLSearchParams(text) });
        response.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(answer.body));
      });
    });
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    vi.stubEnv('STRIPE_API_BASE', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    vi.stubEnv('STRIPE_SECRET_KEY', 'sk_live_of_the_test');
    vi.stubEnv('STRIPE_WEBHOOK_SECRET', secret);
  });

  afterEach(async () => {
    vi.restoreAllMocks();
    await new Promise((resolve) => server.close(resolve));
  });

  const event = (session: string, order: { id: string; total: number; currency: string }, change: object = {}) =>
    JSON.stringify({
      id: `evt_${randomUUID()}`, type: 'checkout.session.completed',
      data: { object: { id: session, client_reference_id: order.id, payment_status: 'paid', amount_total: minor(order.total, order.currency), currency: order.currency.toLowerCase(), ...change } },
    });

  it('takes the money on its own pages and reports it by a signed event, which counts once', async () => {
    const order = await ordered();
    const session = (answer.body as { id: string }).id;
    expect(await order.client.json('POST', order.path)).toEqual({ state: 'started', redirect: `https://checkout.example/${session}` });
    await order.client.call('POST', order.path);
    expect(asked[0]?.headers.authorization).toBe('Bearer sk_live_of_the_test');
    expect(asked[0]?.headers['idempotency-key']).toBe(asked[1]?.headers['idempotency-key']);
    expect(asked[0]?.body.get('line_items[0][price_data][unit_amount]')).toBe(String(minor(order.total, order.currency)));
    expect(asked[0]?.body.get('success_url')).toContain(order.id);
    expect(await order.status()).toBe('placed');
    const payload = event(session, order);
    const answers = await Promise.all([1, 2, 3].map(() => report(payload)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect((await Promise.all(answers.map(async (each) => ((await each.json()) as { known: boolean }).known))).toSorted()).toEqual([false, true, true]);
    expect(await order.status()).toBe('paid');
    expect(await order.client.json('GET', order.path)).toMatchObject({ simulated: false, payments: [{ state: 'paid', simulated: false }] });
  });

  it('is not believed without its signature, or when it is old', async () => {
    const order = await ordered();
    const payload = event('cs_forged', order);
    expect((await report(payload, { key: 'whsec_of_another' })).status).toBe(403);
    expect((await report(payload, { at: Math.floor(Date.now() / 1_000) - 600 })).status).toBe(403);
    expect((await guest().call('POST', '/app/payment/webhook', {})).status).toBe(403);
    expect(signed(payload, 't=,v1=', secret)).toBe(false);
    expect(await order.status()).toBe('placed');
  });

  it('does not pay an order with another amount, nor one that is cancelled', async () => {
    const [wrong, late] = [await ordered(), await ordered()];
    await report(event(`cs_${randomUUID()}`, wrong, { amount_total: 1 }));
    expect([await wrong.status(), await states(wrong.client, wrong.path)]).toEqual(['placed', ['wrong_amount']]);
    await late.client.call('POST', `/app/cart/orders/${late.id}/steps`, { to: 'cancelled' });
    await report(event(`cs_${randomUUID()}`, late));
    expect([await late.status(), await states(late.client, late.path)]).toEqual(['cancelled', ['refund_due']]);
  });

  it('is told as not reached or not willing, and its key is nowhere in that', async () => {
    const order = await ordered();
    const log = vi.spyOn(console, 'error').mockImplementation(() => {});
    answer = { status: 402, body: { error: { type: 'card_error', message: 'sk_live_of_the_test' } } };
    const refused = await order.client.call('POST', order.path);
    vi.stubEnv('STRIPE_API_BASE', 'http://127.0.0.1:9');
    const unreached = await order.client.call('POST', order.path);
    expect([refused.status, unreached.status]).toEqual([503, 503]);
    for (const text of [await refused.text(), await unreached.text(), JSON.stringify(log.mock.calls)]) expect(text).not.toContain('sk_live');
    expect(await order.status()).toBe('placed');
  });
});
