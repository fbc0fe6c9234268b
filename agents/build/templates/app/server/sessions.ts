import type { Context, MiddlewareHandler } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import { app, organisations } from '../shared/app';
import type { User } from '../shared/entity';
import { db, type Tx, withSettings } from './db';
import type { Env } from './http';
import { digest, newToken } from './tokens';

const days = 30;
const idleDays = 7;

/** Believed from anybody, as a lie only makes the cookie stricter. */
const secure = (c: Context) => (c.req.header('x-forwarded-proto') ?? new URL(c.req.url).protocol).startsWith('https');

/** The prefix keeps other hosts of the same domain from setting this cookie; browsers take it by https alone. */
const cookie = (c: Context) => `${secure(c) ? '__Host-' : ''}${app.slug}_session`;

/** The hash of the session's token that the request came with; "" when it came with none. */
export function sessionKey(c: Context): string {
  const token = getCookie(c, cookie(c));
  return token ? digest(token) : '';
}

/** Opens a session with a token of its own and ends the one before; `tx` must run as the user. */
export async function openSession(c: Context, tx: Tx, userId: string): Promise<void> {
  const token = newToken();
  const agent = (c.req.header('user-agent') ?? '').slice(0, 200);
  await tx`select set_config('app.session', ${sessionKey(c)}, true)`;
  await tx`delete from app_sessions where token_hash = app_setting('session')
    or (user_id = ${userId} and (expires_at < now() or seen_at < now() - make_interval(days => ${idleDays})))`;
  await tx`insert into app_sessions (token_hash, user_id, agent, expires_at)
    values (${digest(token)}, ${userId}, ${agent}, now() + make_interval(days => ${days}))`;
  setCookie(c, cookie(c), token, { httpOnly: true, sameSite: 'Lax', secure: secure(c), path: '/', maxAge: days * 86_400 });
}

export async function closeSession(c: Context): Promise<void> {
  const session = sessionKey(c);
  if (session) await withSettings({ session }, (tx) => tx`delete from app_sessions where token_hash = ${session}`);
  deleteCookie(c, cookie(c), { path: '/', secure: secure(c) });
}

/** An account as the app knows it; `tx` must run as that user. Null when it is blocked or gone. */
export async function userById(tx: Tx, id: string): Promise<User | null> {
  const org = organisations ? tx`, (select m.org_id from app_members m where m.user_id = u.id) as org` : tx``;
  const [user] = await tx<User[]>`select u.id, u.email, u.name, u.role ${org} from app_users u where u.id = ${id} and u.blocked_at is null`;
  return user ?? null;
}

async function userOf(session: string): Promise<User | null> {
  const [found] = await db()<(User & { org: string | null })[]>`select * from app_session_user(${session})`;
  if (!found || organisations) return found ?? null;
  const { org: _, ...user } = found;
  return user;
}

/** Puts the user of the session, or null, into the context. */
export const session: MiddlewareHandler<Env> = async (c, next) => {
  const key = sessionKey(c);
  c.set('user', key ? await userOf(key) : null);
  await next();
};
