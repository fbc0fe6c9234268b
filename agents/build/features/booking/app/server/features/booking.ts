import { Hono } from 'hono';
import * as v from 'valibot';
import { errorsOf } from '../../shared/entity';
import { booking } from '../../shared/features/bookings';
import { entityOf } from '../../shared/model';
import { asUser } from '../db';
import type { ServerFeature } from '../feature';
import { type Env, invalid } from '../http';
import { guard, missing, one, uuid } from '../records';
import { isZone } from '../zones';

interface Slot {
  start: string;
  end: string;
  free: boolean;
}

const minuteOf = (clock: string) => Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3));
const count = Math.floor((minuteOf(booking.close) - minuteOf(booking.open)) / booking.minutes);

const asked = v.object({
  day: v.pipe(v.string('A day is expected'), v.check((text) => /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text)), 'A day is expected')),
  zone: v.optional(v.pipe(v.string(), v.check(isZone, 'This is no time zone')), 'UTC'),
});

const routes = new Hono<Env>();
const entity = entityOf(booking.target);

routes.get(`/${entity.path}/${uuid}/slots`, async (c) => {
  const user = c.get('user');
  const id = c.req.param('id');
  guard(entity, 'read', user);
  const query = v.safeParse(asked, c.req.query());
  if (!query.success) return invalid(c, errorsOf(query.issues));
  const zone = process.env.BOOKING_ZONE || booking.zone || query.output.zone;
  return asUser(user, async (tx) => {
    if (!(await one(tx, entity, user, id))) missing(entity);
    const begin = tx`${query.output.day}::date + ${booking.open}::time`;
    const slots = await tx<Slot[]>`
      select s.starts_at as start, s.ends_at as "end", s.starts_at > now() and not exists (
        select 1 from app_booking_times b where b.resource_id = ${id} and b.starts_at < s.ends_at and b.ends_at > s.starts_at) as free
      from (
        select (${begin} + make_interval(mins => n * ${booking.minutes}::int)) at time zone ${zone} as starts_at,
          (${begin} + make_interval(mins => (n + 1) * ${booking.minutes}::int)) at time zone ${zone} as ends_at
        from generate_series(0, ${count - 1}::int) n
      ) s order by 1`;
    return c.json({ zone, slots: [...slots] });
  });
});

/** The free times of what can be booked. */
export const feature: ServerFeature = { routes };
