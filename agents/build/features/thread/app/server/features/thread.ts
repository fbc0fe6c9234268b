import { Hono } from 'hono';
import { type Entity, reach, type User } from '../../shared/entity';
import { most, type Reply, type Thread, type Topic } from '../../shared/features/thread';
import { threads } from '../../shared/features/threads';
import { entityOf } from '../../shared/model';
import { asUser, type Sql, type Tx } from '../db';
import type { ServerFeature } from '../feature';
import type { Env } from '../http';
import { alive, labelOf, matching, mine } from '../queries';
import { guard, missing, one, uuid } from '../records';

/** Who made a record, where it belongs to somebody. */
const author = (tx: Tx, entity: Entity, alias: string): Sql =>
  (entity.ownership === 'system' ? tx`''` : tx`coalesce((select p.name from app_people p where p.id = ${tx(`${alias}.owner_id`)}), 'Somebody')`);

const visible = (tx: Tx, entity: Entity, user: User | null): Sql =>
  tx`${alive(tx, entity)} and ${reach(entity, 'list', user) === 'own' ? mine(tx, entity, 't') : tx`true`}`;

async function replies(tx: Tx, { reply, field, text }: Thread, user: User | null, id: string, page: number) {
  const entity = entityOf(reply);
  const where = tx`from ${tx(entity.table)} t where ${tx(`t.${field}`)} = ${id} and ${visible(tx, entity, user)}`;
  const items = await tx<Reply[]>`select t.id, ${tx(`t.${text}`)} as text, ${author(tx, entity, 't')} as author, ${mine(tx, entity, 't')} as mine, t.created_at
    ${where} order by t.created_at, t.id limit ${most} offset ${(page - 1) * most}`;
  const [count] = await tx`select count(*)::int as total ${where}`;
  return { items: [...items], total: Number(count?.total ?? 0) };
}

/** Records by the time of their newest reply. */
async function topics(tx: Tx, { entity: key, reply, field }: Thread, user: User | null, q: string, page: number) {
  const [entity, child] = [entityOf(key), entityOf(reply)];
  const where = tx`${visible(tx, entity, user)} and ${matching(tx, entity, user, q)}`;
  const living = child.softDelete ? tx`and r.deleted_at is null` : tx``;
  const items = reach(child, 'list', user) === 'none' ? tx`select 0 as count, null::timestamptz as newest` : tx`
    select count(*)::int as count, max(r.created_at) as newest from ${tx(child.table)} r where ${tx(`r.${field}`)} = t.id ${living}`;
  const rows = await tx<Topic[]>`select t.id, ${labelOf(tx, entity, 't')} as label, ${author(tx, entity, 't')} as author, r.count as replies, coalesce(r.newest, t.created_at) as active_at
    from ${tx(entity.table)} t cross join lateral (${items}) r where ${where} order by active_at desc, t.id desc limit ${most} offset ${(page - 1) * most}`;
  const [count] = await tx`select count(*)::int as total from ${tx(entity.table)} t where ${where}`;
  return { items: [...rows], total: Number(count?.total ?? 0) };
}

const pageOf = (text: string | undefined) => Math.min(Math.max(Math.trunc(Number(text)) || 1, 1), 100_000);

const routes = new Hono<Env>();
for (const thread of Object.values(threads)) {
  const entity = entityOf(thread.entity);
  routes.get(`/app/thread/${thread.entity}`, async (c) => {
    const user = c.get('user');
    guard(entity, 'list', user);
    return c.json(await asUser(user, (tx) => topics(tx, thread, user, c.req.query('q') ?? '', pageOf(c.req.query('page')))));
  });
  routes.get(`/${entity.path}/${uuid}/thread`, async (c) => {
    const user = c.get('user');
    const id = c.req.param('id');
    guard(entity, 'read', user);
    guard(entityOf(thread.reply), 'list', user);
    return asUser(user, async (tx) => {
      if (!(await one(tx, entity, user, id))) missing(entity);
      return c.json(await replies(tx, thread, user, id, pageOf(c.req.query('page'))));
    });
  });
}

/** Records with replies. */
export const feature: ServerFeature = { routes };
