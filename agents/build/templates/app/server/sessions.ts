import { createHash, randomBytes } from 'node:crypto';
import type { Context, MiddlewareHandler } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import { app } from '../shared/app';
import type { User } from '../shared/entity';
import { type Tx, withSettings } from './db';
import type { Env } from './http';

const cookie = `${app.slug}_session`;
const days = 30;

/** The database holds only the hash: a copy of it opens no session. */
export const digest = (token: string) => createHash('sha256').update(token).digest('hex');

const secure = (c: Context) => (c.req.header('x-forwarded-proto') ?? new URL(c.req.url).protocol).startsWith('https');

/** Opens a session; `tx` must run as the user. */
export async function openSession(c: Context, tx: Tx, userId: string): Promise<void> {
  const token = randomBytes(32).toString('base64url');
  await tx`delete from app_sessions where user_id = ${userId} and expires_at < now()`;
  await tx`insert into app_sessions (token_hash, user_id, expires_at)
    values (${digest(token)}, ${userId}, now() + make_interval(days => ${days}))`;
  setCookie(c, cookie, token, { httpOnly: true, sameSite: 'Lax', secure: secure(c), path: '/', maxAge: days * 86_400 });
}

export async function closeSession(c: Context): Promise<void> {
  const token = getCookie(c, cookie);
  if (token) {
    const hash = digest(token);
    await withSettings({ session: hash }, (tx) => tx`delete from app_sessions where token_hash = ${hash}`);
  }
  deleteCookie(c, cookie, { path: '/' });
}

async function userOf(token: string): Promise<User | null> {
  const hash = digest(token);
  return withSettings({ session: hash }, async (tx) => {
    const [session] = await tx`select user_id from app_sessions where token_hash = ${hash} and expires_at > now()`;
    if (!session) return null;
    await tx`select set_config('app.user_id', ${session.user_id}, true)`;
    const [user] = await tx<User[]>`select id, email, name, role from app_users where id = ${session.user_id}`;
    return user ?? null;
  });
}

/** Puts the user of the session, or null, into the context. */
export const session: MiddlewareHandler<Env> = async (c, next) => {
  const token = getCookie(c, cookie);
  c.set('user', token ? await userOf(token) : null);
  await next();
};
