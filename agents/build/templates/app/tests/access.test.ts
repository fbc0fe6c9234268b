import { describe, expect, it } from 'vitest';
import { defaultRole, roles } from '../shared/app';
import { type Action, type Entity, type Page, reach, type Row, type User } from '../shared/entity';
import { entityOf } from '../shared/model';
import { pages } from '../shared/pages';
import { asUser, type Tx } from '../server/db';
import { admits } from '../src/lib/audience';
import { type Expected, expected } from './expected';
import { type Client, guest, person } from './support/client';
import { anyRecord, author, columnsOf, inputFor, madeOf, valueFor } from './support/records';

/** Nobody, and people of every role that the record's access knows: of the author's role, its owner and a stranger. */
async function everybody(asked: Expected): Promise<Client[]> {
  const maker = (await author(entityOf(asked.entity)))?.user?.role ?? defaultRole;
  const named = new Set(['admin', defaultRole, ...Object.values(asked.access).flat()]);
  const people = roles.filter(({ key }) => named.has(key) || key === maker).map(({ key }) => person(key, key === maker ? 'second' : 'first'));
  return [guest(), await person(maker), ...(await Promise.all(people))];
}

/** Whether somebody owns a record; null for somebody outside of its organisation. */
type Owns = boolean | null;

const who = ({ user }: Client, own: Owns) => `${user?.role ?? 'guest'}${own ? ' who owns it' : own === null ? ' of another organisation' : ''}`;

/** Whether somebody owns what has these values and this maker. */
function owns({ ownership, parent }: Expected, user: User | null, maker: User | null, values: Record<string, unknown>): boolean {
  if (!user || ownership === 'system') return false;
  if (ownership === 'org') return true;
  if (ownership !== 'parent' || !parent) return user.id === maker?.id;
  const above = madeOf(String(values[parent.key]));
  return owns(of(parent.entity), user, above.owner, above.values);
}

const of = (key: string) => expected.find(({ entity }) => entity === key) as Expected;

function may({ access }: Expected, action: Action, user: User | null, own: Owns): boolean {
  if (own === null) return false;
  const words = access[action];
  return words.includes('guest') || (user !== null && (words.includes('member') || words.includes(user.role) || (own && words.includes('owner'))));
}

/** How far somebody gets by what was asked: to every record, to their own, or to none. */
function far(asked: Expected, action: Action, user: User | null): 'all' | 'own' | 'none' {
  if (asked.org) return user?.org && may(asked, action, user, true) ? 'own' : 'none';
  if (may(asked, action, user, false)) return 'all';
  return user && asked.ownership !== 'system' && asked.access[action].includes('owner') ? 'own' : 'none';
}

class Undo extends Error {}

/** How many rows a statement touches in the name of a user, or the code of its refusal; nothing stays. */
async function attempt(user: User | null, work: (tx: Tx) => Promise<{ count: number }>): Promise<number | string> {
  let count = 0;
  try {
    await asUser(user, async (tx) => {
      count = (await work(tx)).count;
      throw new Undo();
    });
  } catch (error) {
    return error instanceof Undo ? count : ((error as { code?: string }).code ?? String(error));
  }
  return count;
}

/** What somebody is answered who may not: closed altogether, or only this record. */
const refusals = (asked: Expected, action: Action, user: User | null) =>
  (far(asked, action, user) === 'none' ? [user ? 403 : 401] : [403, 404]);

describe.each(expected.map((asked) => ({ name: asked.entity, asked })))('$name: who may do what', ({ asked }) => {
  const entity: Entity = entityOf(asked.entity);
  const url = `/${asked.path}`;

  const outside = (user: User | null, org = user?.org) => asked.org === true && (!user?.org || user.org !== org);

  const records = new Map<Client['user'], string>();

  /** Somebody, and a record that only this test of them will delete. */
  async function each(check: (client: Client, own: Owns, id: string) => Promise<void>): Promise<void> {
    for (const client of await everybody(asked)) {
      const id = records.get(client.user) ?? (await anyRecord(entity));
      records.set(client.user, id);
      const { owner, values } = madeOf(id);
      await check(client, outside(client.user, owner?.org) ? null : owns(asked, client.user, owner, values), id);
    }
  }

  it('reading', async () => {
    await each(async (client, own, id) => {
      const name = who(client, own);
      const read = may(asked, 'read', client.user, own);
      const list = may(asked, 'list', client.user, own);
      const answer = await client.call('GET', `${url}/${id}`);
      expect(answer.status === 200, `${name} reads`).toBe(read);
      if (!read) expect(refusals(asked, 'read', client.user), `${name} reads`).toContain(answer.status);
      const listed = await client.call('GET', `${url}?sort=-created_at&pageSize=100`);
      const ids = listed.ok ? ((await listed.json()) as Page<Row>).items.map((row) => row.id) : [];
      expect(ids.includes(id), `${name} lists`).toBe(list);
      if (!listed.ok) expect(refusals(asked, 'list', client.user), `${name} lists`).toContain(listed.status);
      expect(await attempt(client.user, (tx) => tx`select from ${tx(asked.table)} where id = ${id}`), `${name} selects`).toBe(read || list ? 1 : 0);
    });
  });

  it('changing', async () => {
    await each(async (client, own, id) => {
      const name = who(client, own);
      const seen = may(asked, 'read', client.user, own) || may(asked, 'list', client.user, own);
      const change = seen && may(asked, 'update', client.user, own);
      const answer = await client.call('PATCH', `${url}/${id}`, {});
      expect(answer.status === 200, `${name} changes: ${answer.status}`).toBe(change);
      if (!change) expect([...refusals(asked, 'update', client.user), ...(seen ? [] : [404])], `${name} changes`).toContain(answer.status);
      // Deleting softly is an update in the database: the API alone tells them apart.
      const updates = change || (entity.softDelete === true && seen && may(asked, 'delete', client.user, own));
      expect(await attempt(client.user, (tx) => tx`update ${tx(asked.table)} set updated_at = now() where id = ${id}`), `${name} updates`).toBe(updates ? 1 : 0);
      const closed = far(asked, 'update', client.user) === 'none' && (entity.softDelete !== true || far(asked, 'delete', client.user) === 'none');
      // Without a condition, the policies for reading are not asked.
      if (closed) expect(await attempt(client.user, (tx) => tx`update ${tx(asked.table)} set updated_at = now()`), `${name} updates all`).toBe(0);
    });
  });

  it('making', async () => {
    const { owner: maker, values: made } = madeOf(await anyRecord(entity));
    const author = (await everybody(asked)).find(({ user }) => user?.id === maker?.id) ?? (await person(maker?.role ?? ''));
    for (const client of await everybody(asked)) {
      const values = { ...(await inputFor(entity, author)), ...(asked.parent ? { [asked.parent.key]: made[asked.parent.key] } : {}) };
      const own = outside(client.user) ? null : asked.ownership === 'parent' ? owns(asked, client.user, maker, values) : client.user !== null && asked.ownership !== 'system';
      const make = may(asked, 'create', client.user, own);
      const name = who(client, own);
      const answer = await client.call('POST', url, values);
      if (make) expect([201, 422], `${name} makes`).toContain(answer.status);
      else expect(far(asked, 'create', client.user) === 'none' ? refusals(asked, 'create', client.user) : [403, 404, 422], `${name} makes`).toContain(answer.status);
      const inserted = await attempt(client.user, (tx) => tx`insert into ${tx(asked.table)} ${tx(columnsOf(tx, entity, values))}`);
      if (make) expect(inserted, `${name} inserts`).not.toBe('42501');
      else expect(inserted, `${name} inserts`).not.toBe(1);
    }
  });

  it('seeing a field, and filling it in', async () => {
    await each(async (client, own, id) => {
      if (!may(asked, 'read', client.user, own)) return;
      const row = await client.json<Row>('GET', `${url}/${id}`);
      const has = (some: readonly string[] | undefined) => !some || (client.user !== null && some.includes(client.user.role));
      for (const [key, { readRoles, writeRoles }] of Object.entries(asked.fields)) {
        expect(key in row, `${who(client, own)} sees ${key}`).toBe(has(readRoles));
        const field = entity.fields[key];
        if (!field || has(writeRoles) || !has(readRoles) || !may(asked, 'update', client.user, own)) continue;
        await client.call('PATCH', `${url}/${id}`, { [key]: valueFor(field) });
        expect((await client.json<Row>('GET', `${url}/${id}`))[key], `${who(client, own)} fills in ${key}`).toEqual(row[key]);
      }
    });
  });

  it.each(asked.links.map((link) => ({ link, table: link.table })))('pairing it with others: $table', async ({ link: { key, table, from, to, target } }) => {
    const maker = (await author(entity)) ?? guest();
    const other = await anyRecord(entityOf(target));
    const { id } = await maker.json<Row>('POST', url, { ...(await inputFor(entity, maker)), [key]: [other] });
    for (const client of await everybody(asked)) {
      const own = outside(client.user, maker.user?.org) ? null : asked.org === true || (client.user !== null && client.user.id === maker.user?.id);
      if (own || may(asked, 'update', client.user, own)) continue;
      const another = await anyRecord(entityOf(target));
      expect(await attempt(client.user, (tx) => tx`insert into ${tx(table)} ${tx({ [from]: id, [to]: another })}`), `${who(client, own)} pairs`).toBe('42501');
      expect(await attempt(client.user, (tx) => tx`delete from ${tx(table)} where ${tx(from)} = ${id}`), `${who(client, own)} parts`).toBe(0);
    }
    expect(await maker.json('GET', `${url}/${id}`)).toMatchObject(far(asked, 'read', maker.user) === 'none' ? {} : { [key]: [other] });
  });

  it('deleting', async () => {
    await each(async (client, own, id) => {
      const name = who(client, own);
      const seen = may(asked, 'read', client.user, own) || may(asked, 'list', client.user, own);
      const remove = seen && may(asked, 'delete', client.user, own);
      expect(await attempt(client.user, (tx) => tx`delete from ${tx(asked.table)} where id = ${id}`), `${name} deletes in the database`).toBe(remove ? 1 : 0);
      if (far(asked, 'delete', client.user) === 'none') expect(await attempt(client.user, (tx) => tx`delete from ${tx(asked.table)}`), `${name} deletes all`).toBe(0);
      const answer = await client.call('DELETE', `${url}/${id}`);
      expect(answer.status === 204, `${name} deletes: ${answer.status}`).toBe(remove);
      if (!remove) expect([...refusals(asked, 'delete', client.user), ...(seen ? [] : [404])], `${name} deletes`).toContain(answer.status);
    });
  });

  it('as the guards of the API and of the pages have it', async () => {
    for (const { user } of await everybody(asked)) {
      for (const action of ['list', 'read', 'create', 'update', 'delete'] as const) {
        expect(reach(entity, action, user), `${user?.role ?? 'guest'}: ${action}`).toBe(far(asked, action, user));
      }
    }
  });

  it('opening its pages', async () => {
    const steps = [['list', 'list'], ['new', 'create'], ['detail', 'read'], ['edit', 'update']] as const;
    const own = steps.flatMap(([kind, action]) => pages.filter((page) => page.kind === kind && page.entity === asked.entity).map((page) => ({ page, action })));
    // A page may be for fewer people than the records, never for others.
    const wrong = (await everybody(asked)).flatMap(({ user }) => own
      .filter(({ page, action }) => admits(page, user) && !may(asked, action, user, outside(user) ? null : user !== null))
      .map(({ page }) => `${user?.role ?? 'guest'} opens ${page.path}`));
    expect(wrong).toEqual([]);
  });
});
