import process from 'node:process';
import { Hono } from 'hono';
import * as v from 'valibot';
import { logInInput, signUpInput } from '../shared/accounts';
import { defaultRole, signUpOpen } from '../shared/app';
import { errorsOf, type User } from '../shared/entity';
import { asUser, type Tx, withSettings } from './db';
import { features } from './features';
import { body, type Env, fail, invalid, Refused } from './http';
import { newId } from './ids';
import { type Invitation, useInvitation } from './invitations';
import { forgive, limit } from './limits';
import { hashPassword, verifyNothing, verifyPassword } from './passwords';
import { closeSession, openSession, userById } from './sessions';

/** The first account becomes administrator, unless ADMIN_EMAIL names the one that does. */
async function becomesAdmin(tx: Tx, id: string, email: string): Promise<boolean> {
  const chosen = process.env.ADMIN_EMAIL?.trim().toLowerCase();
  if (chosen && chosen !== email) return false;
  const claimed = await tx`insert into app_claims ${tx({ key: 'admin', user_id: id })} on conflict do nothing returning key`;
  return claimed.length > 0;
}

async function roleFor(tx: Tx, id: string, email: string, wanted: string | undefined, invitation: Invitation | null): Promise<string> {
  if (invitation && invitation.email !== email) throw new Refused({ email: 'The invitation is for another address' });
  if (await becomesAdmin(tx, id, email)) return 'admin';
  if (invitation) return invitation.role;
  return signUpOpen ? (wanted ?? defaultRole) : fail(403, 'Accounts are by invitation here');
}

async function signUp(input: v.InferOutput<typeof signUpInput>, sent: unknown, then: (tx: Tx, user: User) => Promise<void>): Promise<User> {
  const password_hash = await hashPassword(input.password);
  const { name, email } = input;
  const id = newId();
  return asUser({ id, role: 'guest' }, async (tx) => {
    const invitation = input.invitation === undefined ? null : await useInvitation(tx, input.invitation);
    const role = await roleFor(tx, id, email, input.role, invitation);
    await tx`insert into app_users ${tx({ id, email, name, role, password_hash })}`;
    for (const { joined } of features) await joined?.(tx, { id, email, name, role }, sent, invitation);
    await invitation?.end();
    const user = (await userById(tx, id)) ?? fail(403, 'The account could not be made');
    await then(tx, user);
    return user;
  });
}

/** What was wrong with a sign-up, by field; what is no fault of the input is thrown again. */
function refusal(error: unknown) {
  if (error instanceof Refused) return error.errors;
  const { code, constraint_name: constraint } = error as { code?: string; constraint_name?: string };
  if (code === '23505' && constraint === 'app_users_email_key') return { email: 'Email is already registered' };
  throw error;
}

type Account = User & { password_hash: string };

async function find(email: string): Promise<Account | undefined> {
  const [user] = await withSettings({ email }, (tx) => tx<Account[]>`select id, email, name, role, password_hash from app_users where email = ${email}`);
  return user;
}

export const accounts = new Hono<Env>()
  .get('/signup', async (c) => {
    const claimed = await withSettings({}, (tx) => tx`select key from app_claims where key = 'admin'`);
    return c.json({ open: signUpOpen || claimed.length === 0 });
  })
  .post('/signup', async (c) => {
    const sent = await body(c);
    const input = v.safeParse(signUpInput, sent);
    if (!input.success) return invalid(c, errorsOf(input.issues));
    await limit(c, 'signup', input.output.email);
    try {
      return c.json(await signUp(input.output, sent, (tx, { id }) => openSession(c, tx, id)), 201);
    } catch (error) {
      return invalid(c, refusal(error));
    }
  })
  .post('/login', async (c) => {
    const input = v.safeParse(logInInput, await body(c));
    if (!input.success) return invalid(c, errorsOf(input.issues));
    const { email, password } = input.output;
    await limit(c, 'login', email);
    const found = await find(email);
    const right = found ? await verifyPassword(password, found.password_hash) : await verifyNothing(password);
    if (!found || !right) return c.json({ error: 'Email or password is wrong' }, 401);
    const user = await asUser(found, async (tx) => {
      // The lock keeps a new password or a block from passing by unseen.
      const [same] = await tx`select blocked_at from app_users where id = ${found.id} and password_hash = ${found.password_hash} for share`;
      if (!same) return null;
      if (same.blocked_at) fail(403, 'This account is blocked');
      await openSession(c, tx, found.id);
      return userById(tx, found.id);
    });
    if (!user) return c.json({ error: 'Email or password is wrong' }, 401);
    await forgive('login', email);
    return c.json(user);
  })
  .post('/logout', async (c) => {
    await closeSession(c);
    return c.body(null, 204);
  })
  .get('/me', (c) => c.json(c.get('user')));
