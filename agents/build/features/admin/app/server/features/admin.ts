import process from 'node:process';
import { Hono } from 'hono';
import { entities } from '../../shared/model';
import { buildId } from '../build';
import { asUser } from '../db';
import type { ServerFeature } from '../feature';
import { type Env, fail } from '../http';

const routes = new Hono<Env>().get('/app/admin', async (c) => {
  const user = c.get('user') ?? fail(401, 'Please log in');
  if (user.role !== 'admin') fail(403, 'Only an administrator may do this');
  return asUser(user, async (tx) => {
    const roles = await tx`select role, count(*)::int as count from app_users group by role order by role`;
    const [week] = await tx`select count(*)::int as count from app_users where created_at > now() - interval '7 days'`;
    const [size] = await tx`select pg_database_size(current_database())::float8 as bytes`;
    const records: { entity: string; count: number }[] = [];
    // What administrators may not see is not counted for them either.
    for (const entity of entities) {
      const [row] = await tx`select count(*)::int as count from ${tx(entity.table)}`;
      records.push({ entity: entity.key, count: Number(row?.count ?? 0) });
    }
    const server = { build: buildId, node: process.version, seconds: Math.round(process.uptime()), bytes: Number(size?.bytes ?? 0) };
    return c.json({ roles: [...roles], week: Number(week?.count ?? 0), records, server });
  });
});

/** An overview for administrators. */
export const feature: ServerFeature = { routes };
