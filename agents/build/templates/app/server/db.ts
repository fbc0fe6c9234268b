import { existsSync } from 'node:fs';
import process from 'node:process';
import postgres from 'postgres';
import type { User } from '../shared/entity';

if (existsSync('.env')) process.loadEnvFile('.env');

export type Tx = postgres.TransactionSql;
export type Sql = postgres.PendingQuery<postgres.Row[]>;

const asIs = (text: string) => text;
let pool: postgres.Sql | undefined;

/** The connection pool of DATABASE_URL, opened at first use. */
export function db(): postgres.Sql {
  const url = process.env.DATABASE_URL;
  if (!url) throw new Error('DATABASE_URL is not set: copy .env.example to .env');
  pool ??= postgres(url, {
    max: Number(process.env.DB_POOL ?? 10),
    // Behind a pooler in transaction mode prepared statements do not work: set DB_PREPARE=false.
    prepare: process.env.DB_PREPARE !== 'false',
    idle_timeout: 30,
    connect_timeout: 5,
    onnotice: () => {},
    connection: { statement_timeout: 10_000 },
    types: {
      number: { to: 1700, from: [20, 1700], serialize: String, parse: Number },
      day: { to: 1082, from: [1082], serialize: asIs, parse: asIs },
      time: { to: 1083, from: [1083], serialize: asIs, parse: (text: string) => text.slice(0, 5) },
    },
  }) as unknown as postgres.Sql;
  return pool;
}

export async function closeDb(): Promise<void> {
  const closing = pool;
  pool = undefined;
  await closing?.end({ timeout: 2 });
}

/**
 * Runs `work` in one transaction that row-level security sees with these settings.
 * They end with the transaction, so a pooled connection carries nothing over.
 */
export function withSettings<T>(settings: Record<string, string>, work: (tx: Tx) => Promise<T>): Promise<T> {
  return transaction(async (tx) => {
    const set = Object.entries(settings).map(([name, value]) => tx`set_config(${`app.${name}`}, ${value}, true)`);
    if (set.length === 0) return work(tx);
    // Sent at once and before everything else: the work need not wait for its answer.
    const known = tx`select ${join(tx, set)}`.execute();
    const [result] = await Promise.all([work(tx), known]);
    return result;
  });
}

/** Runs `work` as a user, or as a guest. */
export function asUser<T>(user: Pick<User, 'id' | 'role' | 'org'> | null, work: (tx: Tx) => Promise<T>): Promise<T> {
  return withSettings(user ? { user_id: user.id, role: user.role, org_id: user.org ?? '' } : {}, work);
}

const afterwards = new WeakMap<Tx, (() => void)[]>();

/** Runs `work` when the transaction is committed; never when it is taken back. */
export function afterCommit(tx: Tx, work: () => void): void {
  afterwards.get(tx)?.push(work);
}

async function transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
  const waiting: (() => void)[] = [];
  const result = await db().begin((tx) => {
    afterwards.set(tx, waiting);
    return work(tx);
  });
  for (const each of waiting) each();
  return result as T;
}

/** Joins parts of a statement with a separator. */
export function join(tx: Tx, parts: Sql[], separator: Sql = tx`, `): Sql {
  return parts.reduce((left, right) => tx`${left}${separator}${right}`);
}

/** Whether the database answers within `seconds`, and holds this app's tables. */
export async function databaseState(seconds = 2): Promise<'ok' | 'unreachable' | 'not migrated' | 'unsafe role'> {
  const query = async () => {
    const [row] = await db()`
      select to_regclass('app_users') is not null as migrated,
        (select rolsuper or rolbypassrls from pg_roles where rolname = current_user) as unsafe`;
    if (row?.unsafe) return 'unsafe role';
    return row?.migrated ? 'ok' : 'not migrated';
  };
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer from the database in ${seconds} s`)), seconds * 1_000);
  });
  try {
    return await Promise.race([query(), late]);
  } catch (error) {
    console.error('health:', error instanceof Error ? error.message : error);
    return 'unreachable';
  } finally {
    clearTimeout(timer);
  }
}
