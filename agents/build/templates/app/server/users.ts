import { Hono } from 'hono';
import * as v from 'valibot';
import { roles } from '../shared/app';
import { errorsOf, type User } from '../shared/entity';
import { asUser } from './db';
import { body, type Env, fail, invalid } from './http';
import { holding } from './queries';

export function administrator(user: User | null): User {
  if (!user) fail(401, 'Please log in');
  if (user.role !== 'admin') fail(403, 'Only an administrator may do this');
  return user;
}

const changes = v.object({
  role: v.optional(v.picklist(roles.map((role) => role.key), 'Role must be one of the roles')),
  blocked: v.optional(v.boolean('Blocked must be yes or no')),
});

const pageSize = 20;

/** The accounts of the app, for administrators. */
export const users = new Hono<Env>()
  .get('/', async (c) => {
    const me = administrator(c.get('user'));
    const page = Math.min(Math.max(Math.trunc(Number(c.req.query('page'))) || 1, 1), 100_000);
    const q = holding(c.req.query('q') ?? '');
    return asUser(me, async (tx) => {
      const where = tx`name ilike ${q} or email ilike ${q}`;
      const items = await tx`select id, email, name, role, created_at, blocked_at is not null as blocked from app_users where ${where}
        order by created_at desc, id limit ${pageSize} offset ${(page - 1) * pageSize}`;
      const [count] = await tx`select count(*)::int as total from app_users where ${where}`;
      return c.json({ items: [...items], total: Number(count?.total ?? 0), page, pageSize });
    });
  })
  .patch('/:id', async (c) => {
    const me = administrator(c.get('user'));
    const input = v.safeParse(changes, await body(c));
    if (!input.success) return invalid(c, errorsOf(input.issues));
    const { role, blocked } = input.output;
    const id = c.req.param('id');
    // What one takes from oneself one cannot give back.
    if (id === me.id) fail(409, 'You cannot change your own role or block yourself');
    const work = asUser(me, async (tx) => {
      const [changed] = await tx`update app_users set role = ${role ?? tx`role`},
        blocked_at = ${blocked === undefined ? tx`blocked_at` : blocked ? tx`coalesce(blocked_at, now())` : null}
        where id::text = ${id} returning id`;
      if (!changed) fail(404, 'There is no such account');
      // Who loses rights leaves no way back behind.
      await tx`delete from app_invitations where invited_by = ${changed.id}`;
      return c.body(null, 204);
    });
    return work.catch((error: { constraint_name?: string }) => {
      throw error.constraint_name === 'app_users_last_admin' ? fail(409, 'The last administrator stays one') : error;
    });
  });
