import { describe, expect, it } from 'vitest';
import { roles } from '../../shared/app';
import { type Entity, reach, type Row } from '../../shared/entity';
import { boards } from '../../shared/features/boards';
import { type Column, moved, movesOf } from '../../shared/features/board';
import { entityOf } from '../../shared/model';
import { guest, person } from '../support/client';
import { author, create } from '../support/records';
import { oncePerPerson } from '../support/rules';

const held = (columns: Column[], id: string) => columns.find((column) => column.items.some((item) => item.id === id))?.value;

async function maker(entity: Entity) {
  const client = await author(entity);
  return client && reach(entity, 'list', client.user) !== 'none' ? client : null;
}

describe.each(Object.entries(boards))('the board at %s', (_, { entity: key, field }) => {
  const entity = entityOf(key);
  const path = `/app/board/${key}`;

  it('shows to each reader what their list shows', async (test) => {
    const client = await maker(entity);
    if (!client) return test.skip('nobody may create and list the records');
    const row = await create(entity, client);
    const word = entity.search.map((name) => row[name]).find((value) => typeof value === 'string' && value.length > 12);
    const narrowed = word ? `${path}?q=${encodeURIComponent(String(word))}` : path;
    const columns = await client.json<Column[]>('GET', narrowed);
    expect(columns.map((column) => column.value).filter((value) => value !== null)).toEqual(entity.fields[field]?.options);
    if (word) expect(held(columns, row.id)).toEqual(row[field] ?? null);
    if (reach(entity, 'list', client.user) === 'own') {
      const other = await person(client.user?.role ?? '', 'second');
      expect(held(await other.json<Column[]>('GET', narrowed), row.id)).toBeUndefined();
    }
    if (reach(entity, 'list', null) === 'none') expect((await guest().call('GET', path)).status).toBe(401);
  });

  it('offers exactly the moves that the server accepts', async (test) => {
    const client = await maker(entity);
    if (!client || reach(entity, 'read', client.user) === 'none') return test.skip('nobody may create and read the records');
    let accepted = 0;
    for (const role of [client.user?.role ?? '', ...roles.map((each) => each.key)]) {
      for (const to of entity.fields[field]?.options ?? []) {
        const owner = oncePerPerson(entity) ? ((await author(entity)) ?? client) : client;
        const mover = role === client.user?.role ? owner : await person(role);
        const { id } = await create(entity, owner);
        const seen = await mover.call('GET', `/${entity.path}/${id}`);
        if (seen.status !== 200) continue;
        const row = (await seen.json()) as Row;
        if (row[field] === to) continue;
        const offered = movesOf(entity, field, row, mover.user).includes(to);
        const answer = await mover.call('PATCH', `/${entity.path}/${id}`, { [field]: to });
        const now = (await (await mover.call('GET', `/${entity.path}/${id}`)).json()) as Row;
        expect(answer.status === 200 && now[field] === to, `${role} to ${to}: ${answer.status}`).toBe(offered);
        accepted += offered ? 1 : 0;
      }
    }
    expect(accepted).toBeGreaterThan(0);
  });

  it('moves a card to the top of a column, and back', () => {
    const row = (id: string, value: string) => ({ id, [field]: value }) as unknown as Row;
    const start: Column[] = [{ value: 'a', total: 2, items: [row('1', 'a'), row('2', 'a')] }, { value: 'b', total: 1, items: [row('3', 'b')] }];
    const there = moved(start, field, row('2', 'a'), 'b');
    expect(there).toMatchObject([{ total: 1, items: [{ id: '1' }] }, { total: 2, items: [{ id: '2', [field]: 'b' }, { id: '3' }] }]);
    expect(moved(there, field, row('2', 'a'), 'a')).toMatchObject([{ total: 2, items: [{ id: '2', [field]: 'a' }, { id: '1' }] }, { total: 1 }]);
  });
});
