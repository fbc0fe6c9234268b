import { Hono } from 'hono';
import { openToGuests } from '../../shared/features/leaderboard';
import { asUser } from '../db';
import type { ServerFeature } from '../feature';
import { type Env, fail } from '../http';

const pageSize = 50;
const routes = new Hono<Env>();

routes.get('/app/leaderboard', async (c) => {
  const user = c.get('user') ?? (openToGuests ? null : fail(401, 'Please log in'));
  const page = Math.min(Math.max(Math.trunc(Number(c.req.query('page'))) || 1, 1), 10_000);
  return asUser(user, async (tx) => {
    const items = await tx`select b.rank, p.id, p.name, b.points from (
        select person_id, points, rank() over (order by points desc)::int as rank from app_points where points > 0) b
      join app_people p on p.id = b.person_id order by b.rank, p.id limit ${pageSize} offset ${(page - 1) * pageSize}`;
    const [count] = await tx`select count(*)::int as total from app_points where points > 0`;
    const [me] = await tx`select points, (select count(*)::int + 1 from app_points o where o.points > m.points) as rank from app_points m where person_id = app_user_id() and points > 0`;
    return c.json({ items: [...items], total: Number(count?.total), page, pageSize, me: me ?? null });
  });
});

/** Who has most points. */
export const feature: ServerFeature = { routes };
