import { type Context, Hono } from 'hono';
import * as v from 'valibot';
import { errorsOf } from '../../shared/entity';
import { commented } from '../../shared/features/comments';
import { entityOf } from '../../shared/model';
import { links } from '../../shared/pages';
import { announce } from '../changes';
import { asUser } from '../db';
import type { ServerFeature } from '../feature';
import { body, type Env, fail, invalid } from '../http';
import { guardSeen, idsOf } from '../marks';
import { guard, missing, one, uuid } from '../records';

const input = v.object({ body: v.pipe(
  v.string('Comment must be a text'), v.trim(), v.minLength(1, 'Comment is required'), v.maxLength(4_000, 'Comment must have at most 4000 characters'),
  v.check((text) => !text.includes('\0'), 'Comment holds a character that cannot be stored'),
) });

const routes = new Hono<Env>();
for (const [key, table] of Object.entries(commented)) {
  const entity = entityOf(key);
  const base = `/${entity.path}/${uuid}/comments` as const;
  const id = (c: Context) => c.req.param('id') ?? '';

  routes.get(`/app/comments/${entity.path}`, async (c) => {
    const user = c.get('user');
    guardSeen(entity, user);
    const rows = await asUser(user, (tx) => tx`select record_id, count(*)::int as count from ${tx(table)} where record_id = any(${idsOf(c.req.query('ids'))}::uuid[]) group by record_id`);
    return c.json(Object.fromEntries(rows.map((row) => [row.record_id, row.count])));
  });

  routes.get(base, async (c) => {
    const user = c.get('user');
    guard(entity, 'read', user);
    return asUser(user, async (tx) => {
      if (!(await one(tx, entity, user, id(c)))) missing(entity);
      const rows = await tx`select c.id, c.body, c.created_at, coalesce(p.name, 'Somebody') as author, coalesce(c.owner_id = app_user_id(), false) as mine
        from ${tx(table)} c left join app_people p on p.id = c.owner_id where c.record_id = ${id(c)} order by c.created_at, c.id limit 500`;
      return c.json([...rows]);
    });
  });

  routes.post(base, async (c) => {
    const user = c.get('user') ?? fail(401, 'Please log in');
    guard(entity, 'read', user);
    const given = v.safeParse(input, await body(c));
    if (!given.success) return invalid(c, errorsOf(given.issues));
    return asUser(user, async (tx) => {
      if (!(await one(tx, entity, user, id(c)))) missing(entity);
      const [row] = await tx`insert into ${tx(table)} ${tx({ record_id: id(c), body: given.output.body })} returning id, body, created_at`;
      const [record] = entity.ownership === 'system' ? [] : await tx`select owner_id from ${tx(entity.table)} where id = ${id(c)}`;
      const path = links[key]?.detail(id(c));
      if (path && record?.owner_id && record.owner_id !== user.id) await announce(tx, { to: String(record.owner_id), text: `${user.name} commented on your ${entity.title.toLowerCase()}`, path, kind: 'comment' });
      return c.json({ ...row, author: user.name, mine: true }, 201);
    });
  });

  routes.delete(`${base}/:comment{[0-9a-f-]{36}}`, async (c) => {
    const user = c.get('user') ?? fail(401, 'Please log in');
    return asUser(user, async (tx) => {
      const gone = await tx`delete from ${tx(table)} where id = ${c.req.param('comment')} and record_id = ${id(c)} returning id`;
      return gone.length > 0 ? c.body(null, 204) : fail(404, 'There is no such comment of yours');
    });
  });
}

/** Comments below records. */
export const feature: ServerFeature = { routes };
