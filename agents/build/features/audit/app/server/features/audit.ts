import { Hono } from 'hono';
import { audited } from '../../shared/features/audit';
import { asUser } from '../db';
import type { ServerFeature } from '../feature';
import { type Env, fail } from '../http';

const pageSize = 50;
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const routes = new Hono<Env>().get('/app/audit', async (c) => {
  const user = c.get('user') ?? fail(401, 'Please log in');
  if (user.role !== 'admin') fail(403, 'Only an administrator may do this');
  const { entity = '', record = '' } = c.req.query();
  const page = Math.min(Math.max(Math.trunc(Number(c.req.query('page'))) || 1, 1), 100_000);
  if (record !== '' && !uuid.test(record)) fail(404, 'There is no such record');
  return asUser(user, async (tx) => {
    const where = tx`(${audited.includes(entity) ? entity : ''} in ('', a.entity)) and (${record} in ('', a.record_id::text))`;
    const items = await tx`select a.id, a.entity, a.record_id, a.action, a.changes, a.created_at, p.name as actor
      from app_audit a left join app_people p on p.id = a.actor_id where ${where}
      order by a.created_at desc, a.id limit ${pageSize} offset ${(page - 1) * pageSize}`;
    const [count] = await tx`select count(*)::int as total from app_audit a where ${where}`;
    return c.json({ items: [...items], total: Number(count?.total ?? 0), page, pageSize });
  });
});

/** Who changed what and when. */
export const feature: ServerFeature = { routes };
