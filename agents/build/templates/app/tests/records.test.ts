import { describe, expect, it } from 'vitest';
import { type Action, type Entity, type Page, reach, type Row, writable } from '../shared/entity';
import { entities } from '../shared/model';
import { asUser } from '../server/db';
import { type Client, person } from './support/client';
import { author, create, inputFor, valueFor } from './support/records';
import { oncePerPerson, ruledFields } from './support/rules';

const missing = '00000000-0000-4000-8000-000000000000';
/** Somebody who may make a record and then do `action` with it. */
async function able(entity: Entity, ...wanted: Action[]): Promise<Client | null> {
  const client = await author(entity);
  return client && wanted.every((action) => reach(entity, action, client.user) !== 'none') ? client : null;
}

const stranger = (client: Client) => person(client.user?.role ?? '', 'second');

describe.each(entities.map((entity) => ({ name: entity.titlePlural, entity })))('$name', ({ entity }) => {
  const url = `/${entity.path}`;

  it('are created, read, changed and deleted', async (test) => {
    const client = await able(entity, 'read');
    if (!client) return test.skip('nobody may create and read them');
    const input = await inputFor(entity, client);
    const answer = await client.call('POST', url, input);
    expect(answer.status, await answer.clone().text()).toBe(201);
    const created = (await answer.json()) as Row;
    expect(created).toMatchObject(input);
    expect(await client.json('GET', `${url}/${created.id}`)).toEqual(created);

    const ruled = ruledFields(entity);
    const change = writable(entity, client.user).find(([key, field]) => !field.target && !ruled.has(key) && key !== entity.workflow?.field && field.type !== 'boolean');
    if (change && reach(entity, 'update', client.user) !== 'none') {
      const value = valueFor(change[1], 'Changed');
      const changed = await client.call('PATCH', `${url}/${created.id}`, { [change[0]]: value });
      expect(changed.status, await changed.clone().text()).toBe(200);
      expect(await client.json('GET', `${url}/${created.id}`)).toMatchObject({ ...input, [change[0]]: value });
    }
    if (reach(entity, 'delete', client.user) !== 'none') {
      expect((await client.call('DELETE', `${url}/${created.id}`)).status).toBe(204);
      expect((await client.call('GET', `${url}/${created.id}`)).status).toBe(404);
      expect((await client.call('DELETE', `${url}/${created.id}`)).status).toBe(404);
    }
  });

  it('are refused with a message at every field that is wrong', async (test) => {
    const client = await able(entity);
    if (!client) return test.skip('nobody may create them');
    const fields = writable(entity, client.user);
    const required = fields.filter(([, field]) => field.required && field.initial === undefined && field.type !== 'boolean').map(([key]) => key);
    const empty = await client.call('POST', url, {});
    if (required.length > 0) expect(empty.status).toBe(422);
    if (required.length > 0) expect(Object.keys(((await empty.json()) as { errors: object }).errors).toSorted()).toEqual(required.toSorted());

    const wrong = Object.fromEntries(fields.filter(([, field]) => field.type !== 'json').map(([key]) => [key, { wrong: true }]));
    const right = Object.fromEntries(fields.filter(([, field]) => field.type === 'json').map(([key, field]) => [key, valueFor(field)]));
    const answer = await client.call('POST', url, { ...right, ...wrong });
    expect(answer.status).toBe(422);
    expect(Object.keys(((await answer.json()) as { errors: object }).errors).toSorted()).toEqual(Object.keys(wrong).toSorted());
  });

  it('are found by a word and not by another', async (test) => {
    const client = await able(entity, 'list');
    const key = entity.search.find((each) => ['text', 'longtext', 'markdown'].includes(entity.fields[each]?.type ?? '') && !entity.fields[each]?.pattern && (entity.fields[each]?.max ?? 200) >= 40);
    if (!client || !key) return test.skip('there is no text to search in');
    const marker = `needle${crypto.randomUUID().slice(0, 8)}`;
    const input = { ...(await inputFor(entity, client)), [key]: `A ${marker} of 100%_` };
    expect((await client.call('POST', url, input)).status).toBe(201);
    const count = async (q: string) => (await client.json<Page<Row>>('GET', `${url}?q=${encodeURIComponent(q)}`)).total;
    expect(await count(marker)).toBe(1);
    expect(await count(`${marker.toUpperCase()} 100%_`)).toBe(1);
    expect(await count(`${marker} nothing`)).toBe(0);
    expect(await count(`${marker}%z`)).toBe(0);
  });

  it('come in pages, in order, each once', async (test) => {
    const client = await able(entity, 'list');
    if (!client || oncePerPerson(entity)) return test.skip('nobody may create several and list them');
    const made: string[] = [];
    for (let index = 0; index < 3; index += 1) made.push((await create(entity, client)).id);
    const page = (number: number, size: number, sort = '-created_at') => client.json<Page<Row>>('GET', `${url}?page=${number}&pageSize=${size}&sort=${sort}`);
    const newest = [...(await page(1, 1)).items, ...(await page(2, 1)).items, ...(await page(3, 1)).items].map((row) => row.id);
    expect(newest).toEqual(made.toReversed());
    const { total } = await page(1, 1);
    expect((await page(total + 1, 1)).items).toEqual([]);
    expect((await page(1, 3)).items.map((row) => row.id)).toEqual(newest);
    for (const key of Object.keys(entity.fields)) expect((await page(1, 2, key)).items.length).toBeGreaterThan(0);
  });

  it('cannot be made in the name of another', async (test) => {
    const owner = await author(entity);
    if (!owner || entity.ownership === 'system') return test.skip('they belong to nobody');
    const other = await stranger(owner);
    const values = await inputFor(entity, other);
    const columns = Object.fromEntries(Object.entries(values).filter(([key]) => !entity.fields[key]?.join)) as Record<string, string>;
    const forged = asUser(other.user, (tx) => tx`insert into ${tx(entity.table)} ${tx({ ...columns, owner_id: owner.user?.id ?? '' })}`);
    await expect(forged).rejects.toMatchObject({ code: '42501' });
  });

  it('show and take fields only from roles that may', async (test) => {
    const client = await able(entity, 'read');
    const role = client?.user?.role ?? '';
    const hidden = Object.entries(entity.fields).filter(([, field]) => field.readRoles && !field.readRoles.includes(role));
    const fixed = Object.entries(entity.fields).filter(([, field]) => (field.writeRoles ?? field.readRoles) && !(field.writeRoles ?? field.readRoles)?.includes(role));
    if (!client || hidden.length + fixed.length === 0) return test.skip('all fields are open');
    const sent = Object.fromEntries(fixed.map(([key, field]) => [key, valueFor(field)]));
    const row = await client.json<Row>('POST', url, { ...(await inputFor(entity, client)), ...sent });
    for (const [key] of hidden) expect(row).not.toHaveProperty(key);
    for (const [key] of fixed) expect(row[key]).not.toEqual(sent[key]);
  });

  it('refer only to records that their author can see', async (test) => {
    const reference = Object.entries(entity.fields).find(([, field]) => field.target);
    const client = await able(entity);
    if (!client || !reference) return test.skip('they refer to nothing');
    const [key, field] = reference;
    const nothing = { [key]: field.join ? [missing] : missing };
    const refused = async (answer: Response) => {
      expect(answer.status).toBe(422);
      expect(await answer.json()).toHaveProperty(`errors.${key}`);
    };
    await refused(await client.call('POST', url, { ...(await inputFor(entity, client)), ...nothing }));
    const open = reach(entity, 'read', client.user) !== 'none' && reach(entity, 'update', client.user) !== 'none' && writable(entity, client.user).some(([name]) => name === key);
    if (open) await refused(await client.call('PATCH', `${url}/${(await create(entity, client)).id}`, nothing));
  });
});
