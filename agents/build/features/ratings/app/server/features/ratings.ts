import { type Context, Hono } from 'hono';
import * as v from 'valibot';
import { type Entity, errorsOf } from '../../shared/entity';
import { highest, rated } from '../../shared/features/ratings';
import { entityOf } from '../../shared/model';
import { links } from '../../shared/pages';
import { announce } from '../changes';
import { asUser, type Sql, type Tx } from '../db';
import type { ServerFeature } from '../feature';
import { body, type Env, fail, invalid } from '../http';
import { guardSeen, idsOf } from '../marks';
import { guard, missing, one, uuid } from '../records';

const range = `Rating must be a whole number from 1 to ${highest}`;
const input = v.object({ value: v.pipe(v.number(range), v.integer(range), v.minValue(1, range), v.maxValue(highest, range)) });

/** Average, number and one's own rating of each record that has any. */
const summaries = (tx: Tx, table: string, ids: string[]) => tx`
  select record_id, round(avg(value), 2) as average, count(*)::int as count, max(value) filter (where owner_id = app_user_id()) as mine
  from ${tx(table)} where record_id = any(${ids}::uuid[]) group by record_id`;

const routes = new Hono<Env>();
for (const [key, { table, own }] of Object.entries(rated)) {
  const entity = entityOf(key);
  const base = `/${entity.path}/${uuid}/rating` as const;
  const id = (c: Context) => c.req.param('id') ?? '';

  routes.get(`/app/ratings/${entity.path}`, async (c) => {
    const user = c.get('user');
    guardSeen(entity, user);
    const rows = await asUser(user, (tx) => summaries(tx, table, idsOf(c.req.query('ids'))));
    return c.json(Object.fromEntries(rows.map(({ record_id, ...rest }) => [record_id, rest])));
  });

  routes.post(base, async (c) => {
    const user = c.get('user') ?? fail(401, 'Please log in');
    guard(entity, 'read', user);
    const given = v.safeParse(input, await body(c));
    if (!given.success) return invalid(c, errorsOf(given.issues));
    return asUser(user, async (tx) => {
      if (!(await one(tx, entity, user, id(c)))) missing(entity);
      const [record] = entity.ownership === 'system' ? [] : await tx`select owner_id from ${tx(entity.table)} where id = ${id(c)}`;
      if (!own && record?.owner_id === user.id) fail(403, 'You cannot rate what is your own');
      const [saved] = await tx`insert into ${tx(table)} ${tx({ record_id: id(c), value: given.output.value })}
        on conflict (record_id, owner_id) do update set value = excluded.value returning xmax = 0 as first`;
      const path = links[key]?.detail(id(c));
      if (saved?.first && path && record?.owner_id && record.owner_id !== user.id) {
        await announce(tx, { to: String(record.owner_id), text: `${user.name} rated your ${entity.title.toLowerCase()}`, path, kind: 'rating' });
      }
      const [summary] = await summaries(tx, table, [id(c)]);
      return c.json({ average: summary?.average, count: summary?.count, mine: summary?.mine });
    });
  });

  routes.delete(base, async (c) => {
    const user = c.get('user') ?? fail(401, 'Please log in');
    return asUser(user, async (tx) => {
      const gone = await tx`delete from ${tx(table)} where record_id = ${id(c)} and owner_id = ${user.id} returning id`;
      return gone.length > 0 ? c.body(null, 204) : fail(404, 'You have not rated this');
    });
  });
}

/** The average of the ratings, for lists. */
function sorted(tx: Tx, entity: Entity, key: string): Sql | null {
  const table = rated[entity.key]?.table;
  return table && key === '_rating' ? tx`(select avg(r.value) from ${tx(table)} r where r.record_id = t.id)` : null;
}

/** Ratings of records, one by each person. */
export const feature: ServerFeature = { routes, sorted };
