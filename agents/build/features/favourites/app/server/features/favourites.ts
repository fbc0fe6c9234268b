import { type Context, Hono } from 'hono';
import { marked } from '../../shared/features/favourites';
import { entityOf } from '../../shared/model';
import { asUser, join } from '../db';
import type { ServerFeature } from '../feature';
import { type Env, fail } from '../http';
import { idsOf } from '../marks';
import { cursorOf, part } from '../part';
import { guard, missing, one, uuid } from '../records';
import { type Head, itemsOf } from '../stream';

const size = 20;
const routes = new Hono<Env>();

routes.get('/app/favourites', async (c) => {
  const user = c.get('user') ?? fail(401, 'Please log in');
  const before = cursorOf(c.req.query('before'));
  return asUser(user, async (tx) => {
    const selects = Object.entries(marked).map(([key, table]) => tx`
      (select id as mark, ${key}::text as entity, record_id as id from ${tx(table)} where owner_id = ${user.id} and ${before ? tx`id < ${before}` : tx`true`} order by mark desc limit ${size + 1})`);
    const heads = await tx<(Head & { mark: string })[]>`select * from (${join(tx, selects, tx` union all `)}) found order by mark desc limit ${size + 1}`;
    const { items, next } = part(heads, ({ mark }) => mark, size);
    return c.json({ items: await itemsOf(tx, user, items), next });
  });
});

for (const [key, table] of Object.entries(marked)) {
  const entity = entityOf(key);
  const base = `/${entity.path}/${uuid}/favourite` as const;
  const id = (c: Context) => c.req.param('id') ?? '';

  routes.get(`/app/favourites/${entity.path}`, async (c) => {
    const user = c.get('user') ?? fail(401, 'Please log in');
    const rows = await asUser(user, (tx) => tx`select record_id from ${tx(table)} where owner_id = ${user.id} and record_id = any(${idsOf(c.req.query('ids'))}::uuid[])`);
    return c.json(Object.fromEntries(rows.map((row) => [row.record_id, true])));
  });

  routes.post(base, async (c) => {
    const user = c.get('user') ?? fail(401, 'Please log in');
    guard(entity, 'read', user);
    return asUser(user, async (tx) => {
      if (!(await one(tx, entity, user, id(c)))) missing(entity);
      await tx`insert into ${tx(table)} ${tx({ record_id: id(c) })} on conflict (record_id, owner_id) do nothing`;
      return c.body(null, 204);
    });
  });

  routes.delete(base, async (c) => {
    const user = c.get('user') ?? fail(401, 'Please log in');
    await asUser(user, (tx) => tx`delete from ${tx(table)} where record_id = ${id(c)} and owner_id = ${user.id}`);
    return c.body(null, 204);
  });
}

/** Records that people mark for themselves. */
export const feature: ServerFeature = { routes };
