import process from 'node:process';
import { type Context, Hono } from 'hono';
import { HTTPException } from 'hono/http-exception';
import * as v from 'valibot';
import { errorsOf, type User } from '../../shared/entity';
import { orderPath, type Payment } from '../../shared/payment';
import { asUser, type Tx, withSettings } from '../db';
import type { Ordering, ServerFeature } from '../feature';
import { body, type Env, fail, invalid, Refused } from '../http';
import { linkTo } from '../mail';
import { received } from '../payment/events';
import { type Due, type PaymentProvider, ProviderFailed } from '../payment/provider';
import { keep } from '../payment/record';
import { signed, stripe } from '../payment/stripe';
import { testMode } from '../payment/test-mode';
import { uuid } from '../records';

/** Who takes the money: Stripe when its key is set, else nobody does. */
export function provider(): PaymentProvider {
  const key = process.env.STRIPE_SECRET_KEY;
  return key ? stripe(key) : testMode;
}

const base = `/app/payment/${uuid}`;
const id = (c: Context) => c.req.param('id') ?? '';
const member = (c: Context<Env>): User => c.get('user') ?? fail(401, 'Please log in');

/** The buyer's own order, while it waits for its money. */
async function due(user: User, order: string): Promise<Due> {
  const [found] = await asUser(user, (tx) => tx<(Due & { status: string })[]>`
    select id, number, total, currency, status from app_orders where id = ${order} and owner_id = app_user_id()`);
  if (!found) return fail(404, 'There is no such order of yours');
  return found.status === 'placed' ? found : fail(409, `The order is ${found.status} already`);
}

const asSystem = <T>(user: User, work: (tx: Tx) => Promise<T>) => withSettings({ user_id: user.id, role: 'system' }, work);

const routes = new Hono<Env>()
  .post('/app/payment/webhook', async (c) => {
    const secret = process.env.STRIPE_WEBHOOK_SECRET;
    if (!secret) return fail(404, 'No payments are reported here: STRIPE_WEBHOOK_SECRET is not set');
    const payload = await c.req.text();
    if (!signed(payload, c.req.header('stripe-signature') ?? '', secret)) return fail(403, 'The signature is wrong');
    return c.json({ received: true, known: !(await received(payload, provider().simulated)) });
  })
  .get(base, async (c) => {
    const user = member(c);
    return asUser(user, async (tx) => {
      const payments = await tx<Payment[]>`select id, state, simulated, amount, currency, created_at from app_payments where order_id = ${id(c)} order by created_at, id limit 50`;
      return c.json({ simulated: provider().simulated, test: provider().name === 'test', payments: [...payments] });
    });
  })
  .post(base, async (c) => {
    const user = member(c);
    const given = v.safeParse(v.object({ card: v.optional(v.pipe(v.string('Card must be a text'), v.maxLength(40, 'Card is too long')), '') }), (await body(c)) ?? {});
    if (!given.success) return invalid(c, errorsOf(given.issues));
    const order = await due(user, id(c));
    const taker = provider();
    try {
      const outcome = await taker.start(order, { card: given.output.card, back: linkTo(c, orderPath(order.id)) });
      const kept = await asSystem(user, (tx) => keep(tx, order.id, taker, outcome));
      return c.json({ state: kept.state, redirect: outcome.redirect ?? null }, 201);
    } catch (error) {
      if (error instanceof Refused) return invalid(c, error.errors);
      if (error instanceof ProviderFailed) throw new HTTPException(503, { message: error.message });
      throw error;
    }
  })
  .post(`${base}/confirm`, async (c) => {
    const user = member(c);
    const given = v.safeParse(v.object({ agreed: v.boolean('Agreed must be yes or no') }), await body(c));
    if (!given.success) return invalid(c, errorsOf(given.issues));
    const order = await due(user, id(c));
    return asSystem(user, async (tx) => {
      const [waiting] = await tx`select reference from app_payments where order_id = ${order.id} and provider = 'test' and state = 'needs_confirmation' order by created_at desc limit 1`;
      if (!waiting) return fail(409, 'No payment waits for a confirmation');
      return c.json(await keep(tx, order.id, testMode, { state: given.output.agreed ? 'paid' : 'declined', reference: String(waiting.reference) }));
    });
  })
  .post(`${base}/refunded`, async (c) => {
    const user = member(c);
    if (user.role !== 'admin') fail(403, 'Only an administrator may do this');
    const done = await asUser(user, (tx) => tx`update app_payments set state = 'refunded', updated_at = now() where order_id = ${id(c)} and state in ('refund_due', 'wrong_amount') returning id`);
    return done.length > 0 ? c.body(null, 204) : fail(409, 'No money is owed for this order');
  });

/** An order that costs nothing is paid at once. */
async function ordered(tx: Tx, user: User, { id: order }: Ordering): Promise<void> {
  await tx`select set_config('app.role', 'system', true)`;
  await tx`update app_orders set status = 'paid' where id = ${order} and total = 0`;
  await tx`select set_config('app.role', ${user.role}, true)`;
}

/** Paying for orders. */
export const feature: ServerFeature = { routes, ordered };
