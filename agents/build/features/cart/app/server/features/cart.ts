import { type Context, Hono } from 'hono';
import * as v from 'valibot';
import { errorsOf, type User } from '../../shared/entity';
import { lineInput, linesInput, orderInput, quantityInput, statuses } from '../../shared/orders';
import { asUser } from '../db';
import type { ServerFeature } from '../feature';
import { body, type Env, fail, invalid, Refused } from '../http';
import { limit } from '../limits';
import { guard, uuid } from '../records';
import { add, carried, own, priced, product, put } from '../shop/cart';
import { detail, list, order, preview, step } from '../shop/orders';

const base = '/app/cart';

/** A buyer: somebody who may see what is sold. */
function buyer(c: Context<Env>): User {
  const user = c.get('user') ?? fail(401, 'Please log in');
  guard(product, 'read', user);
  return user;
}

const whole = async (c: Context): Promise<Record<string, unknown>> => {
  const given = await body(c);
  return typeof given === 'object' && given !== null && !Array.isArray(given) ? { ...given } : {};
};

/** What the features refuse of an order, at the control of the checkout that it belongs to. */
async function answer(c: Context, work: () => Promise<Response>): Promise<Response> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Refused) return invalid(c, error.errors);
    throw error;
  }
}

const routes = new Hono<Env>()
  .get(base, async (c) => {
    const user = buyer(c);
    return c.json(await asUser(user, (tx) => priced(tx, own(tx))));
  })
  .post(base, async (c) => {
    const user = buyer(c);
    const given = v.safeParse(lineInput, await body(c));
    if (!given.success) return invalid(c, errorsOf(given.issues));
    return asUser(user, async (tx) => {
      await add(tx, given.output.product, given.output.quantity);
      return c.json(await priced(tx, own(tx)), 201);
    });
  })
  .post(`${base}/look`, async (c) => {
    guard(product, 'read', c.get('user'));
    const given = v.safeParse(linesInput, await body(c));
    if (!given.success) return invalid(c, errorsOf(given.issues));
    return c.json(await asUser(c.get('user'), (tx) => priced(tx, carried(tx, given.output.lines))));
  })
  .post(`${base}/preview`, async (c) => {
    const user = buyer(c);
    // Else codes of coupons could be guessed.
    await limit(c, 'order', user.id);
    return answer(c, async () => c.json(await preview(user, await whole(c))));
  })
  .get(`${base}/orders`, async (c) => {
    const user = buyer(c);
    const { all, status, page } = c.req.query();
    if (all && user.role !== 'admin') fail(403, 'Only an administrator sees all orders');
    return c.json(await list(user, Boolean(all), status, Math.min(Math.max(Math.trunc(Number(page)) || 1, 1), 100_000)));
  })
  .post(`${base}/orders`, async (c) => {
    const user = buyer(c);
    const input = await whole(c);
    const given = v.safeParse(orderInput, input);
    if (!given.success) return invalid(c, errorsOf(given.issues));
    await limit(c, 'order', user.id);
    return answer(c, async () => c.json(await order(user, given.output, input), 201));
  })
  .get(`${base}/orders/${uuid}`, async (c) => c.json(await asUser(buyer(c), (tx) => detail(tx, c.req.param('id')))))
  .post(`${base}/orders/${uuid}/steps`, async (c) => {
    const user = buyer(c);
    const given = v.safeParse(v.object({ to: v.picklist(statuses, 'The step is unknown') }), await body(c));
    if (!given.success) return invalid(c, errorsOf(given.issues));
    return c.json(await step(user, c.req.param('id'), given.output.to));
  })
  .patch(`${base}/${uuid}`, async (c) => {
    const user = buyer(c);
    const given = v.safeParse(quantityInput, await body(c));
    if (!given.success) return invalid(c, errorsOf(given.issues));
    return asUser(user, async (tx) => {
      await put(tx, c.req.param('id'), given.output.quantity);
      return c.json(await priced(tx, own(tx)));
    });
  });

/** A cart for each person, and orders. */
export const feature: ServerFeature = { routes };
