/**
 * npm run migrate            applies every migration that is missing, each in its own transaction
 * npm run migrate -- down    takes back the newest one
 * npm run migrate -- status  lists them
 *
 * Connects with MIGRATE_DATABASE_URL (the owner of the tables), else with DATABASE_URL. The role
 * of DATABASE_URL gets the rights to use the tables, but not to change or own them.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import process from 'node:process';
import postgres from 'postgres';

if (existsSync('.env')) process.loadEnvFile('.env');

interface Migration {
  name: string;
  up: string;
  down: string;
  checksum: string;
}

function load(folder: string): Migration[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.sql')).toSorted();
  return names.map((name) => {
    const text = readFileSync(`${folder}/${name}`, 'utf8');
    const [, up, down] = /^-- migrate:up\s*$([^]*?)^-- migrate:down\s*$([^]*)/m.exec(text) ?? [];
    if (up === undefined || down === undefined) throw new Error(`${name} lacks "-- migrate:up" or "-- migrate:down"`);
    return { name, up, down, checksum: createHash('sha256').update(text).digest('hex') };
  });
}

async function grant(sql: postgres.Sql, role: string): Promise<void> {
  const [me] = await sql`select current_user as name`;
  if (me?.name === role) return;
  await sql`grant usage on schema public to ${sql(role)}`;
  await sql`alter default privileges in schema public grant select, insert, update, delete on tables to ${sql(role)}`;
  await sql`alter default privileges in schema public grant usage, select on sequences to ${sql(role)}`;
  await sql`alter default privileges in schema public grant execute on functions to ${sql(role)}`;
}

async function applied(sql: postgres.Sql): Promise<Map<string, string>> {
  await sql`create table if not exists app_migrations (name text primary key, checksum text not null, applied_at timestamptz not null default now())`;
  const rows = await sql`select name, checksum from app_migrations order by name`;
  return new Map(rows.map((row) => [String(row.name), String(row.checksum)]));
}

async function up(sql: postgres.Sql, migrations: Migration[], done: Map<string, string>): Promise<void> {
  for (const { name, checksum } of migrations) {
    if (done.has(name) && done.get(name) !== checksum) throw new Error(`${name} was changed after it was applied: write a new migration instead`);
  }
  for (const migration of migrations.filter(({ name }) => !done.has(name))) {
    await sql.begin(async (tx) => {
      await tx.unsafe(migration.up);
      await tx`insert into app_migrations ${tx({ name: migration.name, checksum: migration.checksum })}`;
    });
    console.log(`applied ${migration.name}`);
  }
}

async function down(sql: postgres.Sql, migrations: Migration[], done: Map<string, string>): Promise<void> {
  const newest = migrations.findLast(({ name }) => done.has(name));
  if (!newest) return console.log('nothing is applied');
  await sql.begin(async (tx) => {
    await tx.unsafe(newest.down);
    await tx`delete from app_migrations where name = ${newest.name}`;
  });
  console.log(`took back ${newest.name}`);
}

async function main(command: string): Promise<void> {
  const url = process.env.MIGRATE_DATABASE_URL ?? process.env.DATABASE_URL;
  if (!url) throw new Error('neither MIGRATE_DATABASE_URL nor DATABASE_URL is set: copy .env.example to .env');
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    // One at a time: a second run waits here, and then finds nothing left to do.
    await sql`select pg_advisory_lock(hashtext('app_migrations'))`;
    const [managed] = await sql`select to_regnamespace('genesis') is not null as yes`;
    if (managed?.yes) throw new Error('Genesis keeps the migrations of this database: apply them with `genesis deploy`');
    if (process.env.DATABASE_URL) await grant(sql, decodeURIComponent(new URL(process.env.DATABASE_URL).username));
    const migrations = load('migrations');
    const done = await applied(sql);
    if (command === 'up') await up(sql, migrations, done);
    else if (command === 'down') await down(sql, migrations, done);
    else if (command === 'status') for (const { name } of migrations) console.log(`${done.has(name) ? 'applied' : 'missing'}  ${name}`);
    else throw new Error(`unknown command ${command}: use up, down or status`);
  } finally {
    await sql.end({ timeout: 2 });
  }
}

await main(process.argv[2] ?? 'up');
