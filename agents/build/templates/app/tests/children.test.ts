import { describe, expect, it } from 'vitest';
import { type Entity, type Page, reach, type Row, writable } from '../shared/entity';
import { entities, entityOf } from '../shared/model';
import { type Client, guest, person } from './support/client';
import { author, inputFor } from './support/records';
import { oncePerPerson } from './support/rules';

const pairs = entities.flatMap((entity) => (entity.children ?? []).map(({ entity: key, field }) => ({ name: `${entityOf(key).titlePlural} in ${entity.titlePlural}`, entity, child: entityOf(key), field })));

/** Somebody who may make a record with rows, and see and change both. */
async function able(entity: Entity, child: Entity): Promise<Client | null> {
  const client = await author(entity);
  const may = client && [entity, child].every((each) => (['list', 'read', 'create', 'update'] as const).every((action) => reach(each, action, client.user) !== 'none'));
  return may ? client : null;
}

/** Valid rows; what they point to is this record, whatever else `inputFor` made. Of what each has once, it makes none. */
const rowsOf = async (child: Entity, field: string, client: Client, count: number) => {
  const rows: Record<string, unknown>[] = [];
  const given = oncePerPerson(entityOf(child.fields[field]?.target)) ? { [field]: null } : {};
  for (let index = 0; index < count; index += 1) {
    const { [field]: _, ...row } = await inputFor(child, client, undefined, given);
    rows.push(row);
  }
  return rows;
};

describe.runIf(pairs.length > 0).each(pairs)('$name', ({ entity, child, field }) => {
  const key = child.key;
  const listed = async (client: Client, id: string) => (await client.json<Page<Row>>('GET', `/${child.path}?${field}=${id}&pageSize=100&sort=created_at`)).items;

  it('are added, changed and removed with what they belong to', async (test) => {
    const client = await able(entity, child);
    if (!client) return test.skip('nobody may do all of it');
    const rows = await rowsOf(child, field, client, 2);
    const answer = await client.call('POST', `/${entity.path}`, { ...(await inputFor(entity, client)), _children: { [key]: rows } });
    expect(answer.status, await answer.clone().text()).toBe(201);
    const { id } = (await answer.json()) as Row;
    const made = await listed(client, id);
    expect(made).toMatchObject(rows.map((row) => ({ ...row, [field]: id })));

    const [extra] = await rowsOf(child, field, client, 1);
    const removed = reach(child, 'delete', client.user) === 'none' ? [] : [{ id: made[0]?.id, _remove: true }];
    const changed = await client.call('PATCH', `/${entity.path}/${id}`, { _children: { [key]: [...removed, { ...rows[1], id: made[1]?.id }, extra] } });
    expect(changed.status, await changed.clone().text()).toBe(200);
    const after = (await listed(client, id)).map((row) => row.id);
    expect(after).toHaveLength(3 - removed.length);
    expect(after).toContain(made[1]?.id);
  });

  it('are saved all or none, with every error at its row', async (test) => {
    const client = await able(entity, child);
    const required = writable(child, client?.user ?? null).find(([name, each]) => each.required && each.initial === undefined && name !== field && each.type !== 'boolean');
    if (!client || !required) return test.skip('nothing in them can be wrong');
    const [good, bad] = await rowsOf(child, field, client, 2);
    const input = await inputFor(entity, client);
    const before = (await client.json<Page<Row>>('GET', `/${entity.path}`)).total;
    const answer = await client.call('POST', `/${entity.path}`, { ...input, _children: { [key]: [good, { ...bad, [required[0]]: null }] } });
    expect(answer.status).toBe(422);
    expect(Object.keys(((await answer.json()) as { errors: object }).errors)).toEqual([`${key}.1.${required[0]}`]);
    expect((await client.json<Page<Row>>('GET', `/${entity.path}`)).total).toBe(before);
  });

  it('of another record, of another person, and too many are refused', async (test) => {
    const client = await able(entity, child);
    if (!client) return test.skip('nobody may do all of it');
    const make = async (rows: object[]) => ((await (await client.call('POST', `/${entity.path}`, { ...(await inputFor(entity, client)), _children: { [key]: rows } })).json()) as Row).id;
    const rows = await rowsOf(child, field, client, 1);
    const one = await make(rows);
    const [row] = await listed(client, one);
    const patch = (by: Client, id: string, sent: unknown) => by.call('PATCH', `/${entity.path}/${id}`, { _children: sent });
    if (!oncePerPerson(entity)) {
      const stolen = await patch(client, await make([]), { [key]: [{ ...rows[0], id: row?.id }] });
      expect(stolen.status).toBe(422);
      expect(await stolen.json()).toHaveProperty(['errors', `${key}.0._form`]);
    }
    for (const wrong of [{ [key]: Array.from({ length: 201 }, () => rows[0]) }, { [key]: [7] }, { [key]: [{ id: 'x' }] }, { [key]: {} }, { nothing: [] }, []]) expect((await patch(client, one, wrong)).status).toBe(422);
    expect(await listed(client, one)).toEqual([row]);
    if (reach(entity, 'update', null) === 'none') expect((await patch(guest(), one, { [key]: rows })).status).toBe(401);
    if (reach(entity, 'update', client.user) !== 'own') return;
    expect([403, 404]).toContain((await patch(await person(client.user?.role ?? '', 'second'), one, { [key]: rows })).status);
    expect(await listed(client, one)).toEqual([row]);
  });
});

it('rows of a kind that does not belong there are refused', async () => {
  for (const entity of entities) {
    const client = await author(entity);
    if (!client) continue;
    const answer = await client.call('POST', `/${entity.path}`, { ...(await inputFor(entity, client)), _children: { nothing: [] } });
    expect(answer.status).toBe(422);
    expect(await answer.json()).toHaveProperty('errors.nothing');
  }
});
