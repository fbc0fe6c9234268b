import process from 'node:process';
import { Hono } from 'hono';
import * as v from 'valibot';
import { logInInput, signUpInput } from '../shared/accounts';
import { defaultRole, roles } from '../shared/app';
import { errorsOf, type User } from '../shared/entity';
import { asUser, type Tx, withSettings } from './db';
import { body, type Env, fail, invalid } from './http';
import { newId } from './ids';
import { hashPassword, verifyNothing, verifyPassword } from './passwords';
import { closeSession, digest, openSession } from './sessions';

const attempts = 10;
const minutes = 15;

/** Counts an attempt before it is judged, so that many at once cannot slip through together. */
async function countAttempt(email: string): Promise<void> {
  const key = digest(email);
  const [row] = await withSettings({ login: key }, (tx) => tx`
    insert into app_login_attempts as a (key) values (${key})
    on conflict (key) do update set
      count = case when a.since < now() - make_interval(mins => ${minutes}) then 1 else a.count + 1 end,
      since = case when a.since < now() - make_interval(mins => ${minutes}) then now() else a.since end
    returning count`);
  if (row && Number(row.count) > attempts) fail(429, `Too many attempts: try again in ${minutes} minutes`);
}

/** The first account becomes administrator, unless ADMIN_EMAIL names the one that does. */
async function roleFor(tx: Tx, email: string, wanted: string | undefined): Promise<string> {
  const chosen = process.env.ADMIN_EMAIL?.trim().toLowerCase();
  if (chosen && chosen !== email) return wanted ?? defaultRole;
  const claimed = await tx`insert into app_claims (key) values ('admin') on conflict do nothing returning key`;
  return claimed.length > 0 ? 'admin' : (wanted ?? defaultRole);
}

async function signUp(input: v.InferOutput<typeof signUpInput>, then: (tx: Tx, user: User) => Promise<void>): Promise<User | null> {
  const hash = await hashPassword(input.password);
  const id = newId();
  try {
    return await asUser({ id, role: 'guest' }, async (tx) => {
      const role = await roleFor(tx, input.email, input.role);
      const user = { id, email: input.email, name: input.name, role };
      await tx`insert into app_users ${tx({ ...user, password_hash: hash })}`;
      await then(tx, user);
      return user;
    });
  } catch (error) {
    if ((error as { code?: string }).code === '23505') return null;
    throw error;
  }
}

async function find(email: string): Promise<(User & { password_hash: string }) | undefined> {
  const [user] = await withSettings({ login: digest(email), email }, (tx) => tx<(User & { password_hash: string })[]>`
    select id, email, name, role, password_hash from app_users where email = ${email}`);
  return user;
}

export const accounts = new Hono<Env>()
  .post('/signup', async (c) => {
    const input = v.safeParse(signUpInput, await body(c));
    if (!input.success) return invalid(c, errorsOf(input.issues));
    const user = await signUp(input.output, (tx, { id }) => openSession(c, tx, id));
    return user ? c.json(user, 201) : invalid(c, { email: 'Email is already registered' });
  })
  .post('/login', async (c) => {
    const input = v.safeParse(logInInput, await body(c));
    if (!input.success) return invalid(c, errorsOf(input.issues));
    const { email, password } = input.output;
    await countAttempt(email);
    const found = await find(email);
    const right = found ? await verifyPassword(password, found.password_hash) : await verifyNothing(password);
    if (!found || !right) return c.json({ error: 'Email or password is wrong' }, 401);
    const { password_hash: _, ...user } = found;
    await withSettings({ login: digest(email), user_id: user.id }, async (tx) => {
      await tx`delete from app_login_attempts where key = ${digest(email)}`;
      await openSession(c, tx, user.id);
    });
    return c.json(user);
  })
  .post('/logout', async (c) => {
    await closeSession(c);
    return c.body(null, 204);
  })
  .get('/me', (c) => c.json(c.get('user')))
  .get('/users', async (c) => {
    const me = administrator(c.get('user'));
    return c.json(await asUser(me, (tx) => tx`select id, email, name, role, created_at from app_users order by created_at, id`));
  })
  .patch('/users/:id', async (c) => {
    const me = administrator(c.get('user'));
    const input = v.safeParse(v.object({ role: v.picklist(roles.map((role) => role.key), 'Role must be one of the roles') }), await body(c));
    if (!input.success) return invalid(c, errorsOf(input.issues));
    const id = c.req.param('id');
    // Otherwise the last administrator could lock everybody out.
    if (id === me.id) fail(409, 'You cannot change your own role');
    const changed = await asUser(me, (tx) => tx`update app_users set role = ${input.output.role} where id::text = ${id} returning id`);
    return changed.length > 0 ? c.body(null, 204) : fail(404, 'There is no such account');
  });

function administrator(user: User | null): User {
  if (!user) fail(401, 'Please log in');
  if (user.role !== 'admin') fail(403, 'Only an administrator may do this');
  return user;
}
