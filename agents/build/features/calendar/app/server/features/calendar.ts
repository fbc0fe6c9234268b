import { Hono } from 'hono';
import * as v from 'valibot';
import { type Entity, errorsOf, readable, type User } from '../../shared/entity';
import { type Calendar, type Entry, most } from '../../shared/features/calendar';
import { calendars } from '../../shared/features/calendars';
import { entityOf } from '../../shared/model';
import { asUser } from '../db';
import type { ServerFeature } from '../feature';
import { type Env, fail, invalid } from '../http';
import { alive, labelOf, mine } from '../queries';
import { guard } from '../records';

const moment = v.pipe(v.string('A time is expected'), v.check((text) => /^\d{4}-\d\d-\d\d/.test(text) && !Number.isNaN(Date.parse(text)), 'A time is expected'));
const span = v.pipe(
  v.object({ from: moment, to: moment }),
  v.check(({ from, to }) => Date.parse(to) - Date.parse(from) <= 100 * 86_400_000, 'At most 100 days can be shown'),
);

/** What is in a calendar from one time until before another, under the reader's access. */
async function entries(entity: Entity, { start, end }: Calendar, user: User | null, far: 'all' | 'own', from: string, to: string): Promise<Entry[]> {
  const days = entity.fields[start]?.type === 'date';
  return asUser(user, async (tx) => {
    const last = end ? tx`coalesce(${tx(`t.${end}`)}, ${tx(`t.${start}`)})` : tx`${tx(`t.${start}`)}`;
    const [begin, stop] = days ? [tx`${from.slice(0, 10)}::date`, tx`${to.slice(0, 10)}::date`] : [tx`${from}::timestamptz`, tx`${to}::timestamptz`];
    return tx<Entry[]>`
      select t.id, ${labelOf(tx, entity, 't')} as label, ${tx(`t.${start}`)} as start, ${end ? tx(`t.${end}`) : tx`null`} as "end"
      from ${tx(entity.table)} t
      where ${alive(tx, entity)} and ${far === 'own' ? mine(tx, entity, 't') : tx`true`} and ${tx(`t.${start}`)} < ${stop} and ${last} >= ${begin}
      order by ${tx(`t.${start}`)}, t.id limit ${most}`;
  });
}

const routes = new Hono<Env>();
for (const [index, calendar] of Object.values(calendars).entries()) {
  const entity = entityOf(calendar.entity);
  routes.get(`/app/calendar/${index}`, async (c) => {
    const user = c.get('user');
    const far = guard(entity, 'list', user);
    const visible = new Set(readable(entity, user).map(([key]) => key));
    if (!visible.has(calendar.start)) fail(403, 'You may not see this calendar');
    const asked = v.safeParse(span, c.req.query());
    if (!asked.success) return invalid(c, errorsOf(asked.issues));
    const { end, ...others } = calendar;
    const seen = end && visible.has(end) ? calendar : others;
    return c.json(await entries(entity, seen, user, far, asked.output.from, asked.output.to));
  });
}

/** Records by their dates. */
export const feature: ServerFeature = { routes };
