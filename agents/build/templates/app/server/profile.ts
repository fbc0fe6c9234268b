import { Hono } from 'hono';
import * as v from 'valibot';
import { passwordInput, profileInput } from '../shared/accounts';
import { errorsOf, type User } from '../shared/entity';
import { asUser, withSettings } from './db';
import { body, type Env, fail, invalid } from './http';
import { forgive, limit } from './limits';
import { hashPassword, verifyPassword } from './passwords';
import { closeSession, openSession, sessionKey } from './sessions';

const signedIn = (user: User | null) => user ?? fail(401, 'Please log in');

/** What people do with their own account. */
export const profile = new Hono<Env>()
  .patch('/me', async (c) => {
    const user = signedIn(c.get('user'));
    const input = v.safeParse(profileInput, await body(c));
    if (!input.success) return invalid(c, errorsOf(input.issues));
    const { name } = input.output;
    await asUser(user, (tx) => tx`update app_users set name = ${name} where id = ${user.id}`);
    return c.json({ ...user, name });
  })
  .post('/password', async (c) => {
    const user = signedIn(c.get('user'));
    const input = v.safeParse(passwordInput, await body(c));
    if (!input.success) return invalid(c, errorsOf(input.issues));
    // A session that somebody left open must not become a way to guess the password.
    await limit(c, 'login', user.email);
    const [found] = await asUser(user, (tx) => tx`select password_hash from app_users where id = ${user.id}`);
    const hash = String(found?.password_hash);
    const wrong = { current: 'This is not your password' };
    if (!(await verifyPassword(input.output.current, hash))) return invalid(c, wrong);
    const password_hash = await hashPassword(input.output.password);
    const changed = await asUser(user, async (tx) => {
      // The database ends all sessions with the old password; this one goes on under a new token.
      const [row] = await tx`update app_users set password_hash = ${password_hash} where id = ${user.id} and password_hash = ${hash} returning id`;
      if (row) await openSession(c, tx, user.id);
      return row !== undefined;
    });
    if (!changed) return invalid(c, wrong);
    await forgive('login', user.email);
    return c.body(null, 204);
  })
  .get('/sessions', async (c) => {
    const user = signedIn(c.get('user'));
    return c.json(await asUser(user, (tx) => tx`select id, agent, created_at, seen_at, token_hash = ${sessionKey(c)} as current from app_sessions
      where user_id = ${user.id} and expires_at > now() order by seen_at desc, id limit 100`));
  })
  .delete('/sessions/:id', async (c) => {
    const user = signedIn(c.get('user'));
    const gone = await asUser(user, (tx) => tx`delete from app_sessions where id::text = ${c.req.param('id')} and user_id = ${user.id} returning id`);
    return gone.length > 0 ? c.body(null, 204) : fail(404, 'There is no such session of yours');
  })
  .delete('/sessions', async (c) => {
    const user = signedIn(c.get('user'));
    await withSettings({ user_id: user.id }, (tx) => tx`delete from app_sessions where user_id = ${user.id}`);
    await closeSession(c);
    return c.body(null, 204);
  });
