import process from 'node:process';
import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { db, withSettings } from './db';
import { digest } from './tokens';

interface Limit {
  count: number;
  minutes: number;
}

/** How often something may be tried: by one name (an e-mail address or an account), from one network address. */
const limits = {
  login: { name: { count: 10, minutes: 15 }, network: { count: 100, minutes: 15 } },
  signup: { name: { count: 10, minutes: 60 }, network: { count: 30, minutes: 60 } },
  forgot: { name: { count: 3, minutes: 60 }, network: { count: 30, minutes: 60 } },
  token: { name: { count: 10, minutes: 15 }, network: { count: 30, minutes: 15 } },
  invite: { name: { count: 50, minutes: 60 }, network: { count: 200, minutes: 60 } },
  order: { name: { count: 60, minutes: 60 }, network: { count: 300, minutes: 60 } },
  contact: { name: { count: 5, minutes: 60 }, network: { count: 5, minutes: 60 } },
  newsletter: { name: { count: 5, minutes: 60 }, network: { count: 10, minutes: 60 } },
  sms: { name: { count: 5, minutes: 60 }, network: { count: 30, minutes: 60 } },
} satisfies Record<string, { name: Limit; network: Limit }>;

export type Limited = keyof typeof limits;

/** Too many attempts: the client may come back in `seconds`. */
export class TooMany extends HTTPException {
  constructor(readonly seconds: number) {
    super(429, { message: `Too many attempts: try again in ${Math.ceil(seconds / 60)} minutes` });
  }
}

/** What attempts are counted under. */
export const keyOf = (what: Limited, kind: 'name' | 'network', value: string) => digest(`${what} ${kind} ${value}`);

/**
 * Counts before anything is judged, so that many at once cannot slip through together.
 * One statement: the key is what row-level security knows from the moment it is inserted.
 */
async function count(key: string, { count: most, minutes }: Limit): Promise<void> {
  if (Math.random() < 0.01) await db()`delete from app_limits where since < now() - interval '1 day'`;
  const [row] = await db()`insert into app_limits as l (key) values (set_config('app.limit', ${key}, true))
    on conflict (key) do update set
      count = case when l.since < now() - make_interval(mins => ${minutes}) then 1 else l.count + 1 end,
      since = case when l.since < now() - make_interval(mins => ${minutes}) then now() else l.since end
    returning count, extract(epoch from since + make_interval(mins => ${minutes}) - now())::int as left`;
  if (row && Number(row.count) > most) throw new TooMany(Math.max(1, Number(row.left)));
}

/** Counts an attempt by its name, its network address or both; kept in the database, so that several servers share it. Throws TooMany. */
export async function limit(c: Context, what: Limited, name: string | null): Promise<void> {
  const network = networkAddress(c);
  if (network) await count(keyOf(what, 'network', network), limits[what].network);
  if (name !== null) await count(keyOf(what, 'name', name), limits[what].name);
}

/** Forgets the attempts by a name: it was the right person in the end. */
export async function forgive(what: Limited, name: string): Promise<void> {
  const key = keyOf(what, 'name', name);
  await withSettings({ limit: key }, (tx) => tx`delete from app_limits where key = ${key}`);
}

let warned = false;

/**
 * Where a request comes from; null where that cannot be told.
 *
 * Anybody can send X-Forwarded-For: it is believed only from as many proxies as TRUST_PROXY says,
 * each of which adds what it saw at the end. TRUST_PROXY may also name another header that the
 * proxy sets. Without it a proxy on this machine hides everybody behind one loopback address,
 * where counting would let one visitor lock out all.
 */
export function networkAddress(c: Context): string | null {
  const trusted = process.env.TRUST_PROXY?.trim() || '0';
  const forwarded = c.req.header('x-forwarded-for');
  if (/^\d+$/.test(trusted)) {
    const hops = Number(trusted);
    if (hops > 0) return forwarded?.split(',').at(-hops)?.trim() || null;
  } else {
    return c.req.header(trusted)?.trim() || null;
  }
  if (forwarded && !warned) {
    warned = true;
    console.warn('Requests come with X-Forwarded-For, which is not believed: behind a proxy set TRUST_PROXY=1');
  }
  const socket = (c.env as { incoming?: { socket?: { remoteAddress?: string } } } | undefined)?.incoming?.socket?.remoteAddress;
  return !socket || /^(::1$|(::ffff:)?127\.)/.test(socket) ? null : network(socket);
}

/** One household gets a whole /64 of IPv6 addresses. */
const network = (address: string) => (address.includes(':') && !address.includes('.') ? address.split(':').slice(0, 4).join(':') : address);
