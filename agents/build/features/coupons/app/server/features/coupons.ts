import { Hono } from 'hono';
import * as v from 'valibot';
import { codeOf, type Coupon, couponInput } from '../../shared/coupons';
import { errorsOf, type User } from '../../shared/entity';
import { asUser, type Tx } from '../db';
import type { Ordering, ServerFeature } from '../feature';
import { body, type Env, fail, invalid, Refused } from '../http';
import { uuid } from '../records';
import { administrator } from '../users';

const columns = ['id', 'code', 'percent', 'amount', 'minimum', 'valid_from', 'valid_until', 'max_uses', 'used', 'once_per_person', 'active'];

const routes = new Hono<Env>()
  .get('/app/coupons', async (c) => c.json([...(await asUser(administrator(c.get('user')), (tx) => tx<Coupon[]>`select ${tx(columns)} from app_coupons order by created_at desc, id limit 500`))]))
  .post('/app/coupons', async (c) => {
    const user = administrator(c.get('user'));
    const given = v.safeParse(couponInput, await body(c));
    if (!given.success) return invalid(c, errorsOf(given.issues));
    const made = await asUser(user, (tx) => tx<Coupon[]>`insert into app_coupons ${tx(given.output)} on conflict (code) do nothing returning ${tx(columns)}`);
    return made[0] ? c.json(made[0], 201) : invalid(c, { code: 'There is a coupon with this code already' });
  })
  .patch(`/app/coupons/${uuid}`, async (c) => {
    const user = administrator(c.get('user'));
    const given = v.safeParse(v.object({ active: v.boolean('Active must be yes or no') }), await body(c));
    if (!given.success) return invalid(c, errorsOf(given.issues));
    const changed = await asUser(user, (tx) => tx`update app_coupons set active = ${given.output.active} where id = ${c.req.param('id')} returning id`);
    return changed.length > 0 ? c.body(null, 204) : fail(404, 'There is no such coupon');
  });

const refuse = (message: string): never => {
  throw new Refused({ code: message });
};

interface Checked {
  id: string;
  active: boolean;
  early: boolean;
  late: boolean;
  small: boolean;
  minimum: number;
  spent: boolean;
  once_per_person: boolean;
}

/** Takes the coupon that the checkout sent off an order. The lock lasts until the order is kept, so that no use is given twice. */
async function ordered(tx: Tx, user: User, { id, input }: Ordering): Promise<void> {
  const code = typeof input.code === 'string' ? codeOf(input.code) : '';
  if (!code) return;
  const [coupon] = await tx<Checked[]>`
    select c.id, c.active, c.minimum, c.once_per_person, coalesce(c.valid_from > now(), false) as early, coalesce(c.valid_until <= now(), false) as late,
      o.subtotal < c.minimum as small, coalesce(c.used >= c.max_uses, false) as spent
    from app_coupons c, app_orders o where c.code = ${code} and o.id = ${id} for update of c`;
  if (!coupon?.active) return refuse('There is no such coupon');
  if (coupon.early) refuse('This coupon is not valid yet');
  if (coupon.late) refuse('This coupon is not valid any more');
  if (coupon.small) refuse(`This coupon is for orders of ${coupon.minimum.toFixed(2)} or more`);
  if (coupon.spent) refuse('This coupon is used up');
  const once = coupon.once_per_person ? user.id : null;
  const used = await tx`insert into app_coupon_uses ${tx({ coupon_id: coupon.id, order_id: id, only_once: once })} on conflict on constraint app_coupon_uses_once do nothing`;
  if (used.count === 0) refuse('You have used this coupon already');
  await tx`update app_coupons set used = used + 1 where id = ${coupon.id}`;
  await tx`update app_orders o set discount = least(o.subtotal, coalesce(c.amount, round(o.subtotal * c.percent / 100, 2)))
    from app_coupons c where c.id = ${coupon.id} and o.id = ${id}`;
}

/** Coupons for orders. */
export const feature: ServerFeature = { routes, ordered };
