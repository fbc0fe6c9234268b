import { Hono } from 'hono';
import * as v from 'valibot';
import { errorsOf, type User } from '../../shared/entity';
import { approved, approvers } from '../../shared/features/approvals';
import { entityOf } from '../../shared/model';
import { links } from '../../shared/pages';
import { announce } from '../changes';
import { asUser } from '../db';
import type { ServerFeature } from '../feature';
import { body, type Env, fail, invalid } from '../http';
import { alive, labelOf, one } from '../queries';
import { missing, uuid } from '../records';

const input = v.object({ approved: v.boolean('Approved must be yes or no') });

function approver(user: User | null): User {
  if (!user) fail(401, 'Please log in');
  if (!approvers.includes(user.role)) fail(403, 'You may not approve this');
  return user;
}

const routes = new Hono<Env>().get('/app/approvals', async (c) => {
  const user = approver(c.get('user'));
  return asUser(user, async (tx) => {
    const waiting = [];
    for (const [key, table] of Object.entries(approved)) {
      const entity = entityOf(key);
      const rows = await tx`select t.id, ${labelOf(tx, entity, 't')} as label, t.updated_at, p.name as author
        from ${tx(entity.table)} t left join app_people p on p.id = t.owner_id
        where ${alive(tx, entity)} and not exists (select 1 from ${tx(table)} a where a.record_id = t.id) order by t.updated_at limit 100`;
      waiting.push(...rows.map((row) => ({ entity: key, ...row })));
    }
    return c.json(waiting);
  });
});

for (const [key, table] of Object.entries(approved)) {
  const entity = entityOf(key);
  const path = `/${entity.path}/${uuid}/approval` as const;

  routes.get(path, async (c) => {
    const user = c.get('user');
    return asUser(user, async (tx) => {
      if (!(await one(tx, entity, user, c.req.param('id')))) missing(entity);
      const [row] = await tx`select created_at from ${tx(table)} where record_id = ${c.req.param('id')}`;
      return c.json({ approved: row !== undefined, since: row?.created_at ?? null });
    });
  });

  routes.post(path, async (c) => {
    const user = approver(c.get('user'));
    const given = v.safeParse(input, await body(c));
    if (!given.success) return invalid(c, errorsOf(given.issues));
    const id = c.req.param('id');
    return asUser(user, async (tx) => {
      if (!(await one(tx, entity, user, id))) missing(entity);
      const changed = given.output.approved
        ? await tx`insert into ${tx(table)} (record_id) values (${id}) on conflict do nothing returning record_id`
        : await tx`delete from ${tx(table)} where record_id = ${id} returning record_id`;
      const [record] = await tx`select owner_id from ${tx(entity.table)} where id = ${id}`;
      const news = `Your ${entity.title.toLowerCase()} was ${given.output.approved ? 'approved' : 'withdrawn'}`;
      if (changed.length > 0 && record?.owner_id && record.owner_id !== user.id) await announce(tx, { to: String(record.owner_id), text: news, path: links[key]?.detail(id) ?? '/' });
      return c.json({ approved: given.output.approved });
    });
  });
}

/** Records that others see only once they are approved. */
export const feature: ServerFeature = { routes };
