import { afterAll, describe, expect, it } from 'vitest';
import { roles } from '../shared/app';
import type { Action, Entity, Page, Row, User } from '../shared/entity';
import { entityOf } from '../shared/model';
import { pages } from '../shared/pages';
import { asUser, closeDb, type Tx } from '../server/db';
import { admits } from '../src/lib/audience';
import { type Expected, expected } from './expected';
import { type Client, guest, person } from './support/client';
import { anyRecord, columnsOf, inputFor, madeOf } from './support/records';

afterAll(closeDb);

/** Nobody, and two people of every role: of these one may own the record, the other never does. */
async function everybody(): Promise<Client[]> {
  const people = await Promise.all(roles.flatMap(({ key }) => [person(key), person(key, 'second')]));
  return [guest(), ...people];
}

const who = ({ user }: Client, owns: boolean) => `${user?.role ?? 'guest'}${owns ? ' who owns it' : ''}`;

/** Whether somebody owns what has these values and this maker. */
function owns({ ownership, parent }: Expected, user: User | null, maker: User | null, values: Record<string, unknown>): boolean {
  if (!user || ownership === 'system') return false;
  if (ownership === 'org') return true;
  if (ownership !== 'parent' || !parent) return user.id === maker?.id;
  const above = madeOf(String(values[parent.key]));
  return owns(of(parent.entity), user, above.owner, above.values);
}

const of = (key: string) => expected.find(({ entity }) => entity === key) as Expected;

function may({ access }: Expected, action: Action, user: User | null, own: boolean): boolean {
  const words = access[action];
  return words.includes('guest') || (user !== null && (words.includes('member') || words.includes(user.role) || (own && words.includes('owner'))));
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

const refused = [401, 403, 404];

describe.each(expected.map((asked) => ({ name: asked.entity, asked })))('$name: who may do what', ({ asked }) => {
  const entity: Entity = entityOf(asked.entity);
  const url = `/${asked.path}`;

  async function each(check: (client: Client, own: boolean, id: string) => Promise<void>): Promise<void> {
    for (const client of await everybody()) {
      const id = await anyRecord(entity);
      const { owner, values } = madeOf(id);
      await check(client, owns(asked, client.user, owner, values), id);
    }
  }

  it('reading', async () => {
    await each(async (client, own, id) => {
      const name = who(client, own);
      const read = may(asked, 'read', client.user, own);
      const list = may(asked, 'list', client.user, own);
      const answer = await client.call('GET', `${url}/${id}`);
      expect(answer.status === 200, `${name} reads`).toBe(read);
      if (!read) expect(refused, `${name} reads`).toContain(answer.status);
      const listed = await client.call('GET', `${url}?sort=-created_at&pageSize=100`);
      const ids = listed.ok ? ((await listed.json()) as Page<Row>).items.map((row) => row.id) : [];
      expect(ids.includes(id), `${name} lists`).toBe(list);
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
      if (!change) expect(refused, `${name} changes`).toContain(answer.status);
      // Deleting softly is an update in the database: the API alone tells them apart.
      const updates = change || (entity.softDelete === true && seen && may(asked, 'delete', client.user, own));
      expect(await attempt(client.user, (tx) => tx`update ${tx(asked.table)} set updated_at = now() where id = ${id}`), `${name} updates`).toBe(updates ? 1 : 0);
    });
  });

  it('deleting', async () => {
    await each(async (client, own, id) => {
      const name = who(client, own);
      const seen = may(asked, 'read', client.user, own) || may(asked, 'list', client.user, own);
      const remove = seen && may(asked, 'delete', client.user, own);
      expect(await attempt(client.user, (tx) => tx`delete from ${tx(asked.table)} where id = ${id}`), `${name} deletes in the database`).toBe(remove ? 1 : 0);
      const answer = await client.call('DELETE', `${url}/${id}`);
      expect(answer.status === 204, `${name} deletes: ${answer.status}`).toBe(remove);
      if (!remove) expect(refused, `${name} deletes`).toContain(answer.status);
    });
  });

  it('making', async () => {
    const { owner: maker, values: made } = madeOf(await anyRecord(entity));
    const author = (await everybody()).find(({ user }) => user?.id === maker?.id) as Client;
    for (const client of await everybody()) {
      const values = { ...(await inputFor(entity, author)), ...(asked.parent ? { [asked.parent.key]: made[asked.parent.key] } : {}) };
      const own = asked.ownership === 'parent' ? owns(asked, client.user, maker, values) : client.user !== null && asked.ownership !== 'system';
      const make = may(asked, 'create', client.user, own);
      const name = who(client, own);
      const answer = await client.call('POST', url, values);
      if (make) expect([201, 422], `${name} makes`).toContain(answer.status);
      else expect([...refused, 422], `${name} makes`).toContain(answer.status);
      const inserted = await attempt(client.user, (tx) => tx`insert into ${tx(asked.table)} ${tx(columnsOf(tx, entity, values))}`);
      if (make) expect(inserted, `${name} inserts`).not.toBe('42501');
      else expect(inserted, `${name} inserts`).not.toBe(1);
    }
  });

  it('seeing and filling in a field', async () => {
    await each(async (client, own, id) => {
      if (!may(asked, 'read', client.user, own)) return;
      const row = await client.json<Row>('GET', `${url}/${id}`);
      for (const [key, { readRoles }] of Object.entries(asked.fields)) {
        const shown = !readRoles || (client.user !== null && readRoles.includes(client.user.role));
        expect(key in row, `${who(client, own)} sees ${key}`).toBe(shown);
      }
    });
  });

  it('opening its pages', async () => {
    const steps = [['list', 'list'], ['new', 'create'], ['detail', 'read'], ['edit', 'update']] as const;
    const own = steps.flatMap(([kind, action]) => pages.filter((page) => page.kind === kind && page.entity === asked.entity).map((page) => ({ page, action })));
    // A page may be for fewer people than the records, never for others.
    const wrong = (await everybody()).flatMap(({ user }) => own
      .filter(({ page, action }) => admits(page, user) && !may(asked, action, user, user !== null))
      .map(({ page }) => `${user?.role ?? 'guest'} opens ${page.path}`));
    expect(wrong).toEqual([]);
  });
});
