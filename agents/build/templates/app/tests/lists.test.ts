import { describe, expect, it } from 'vitest';
import { type Entity, type Page, reach, readable, type Row, writable } from '../shared/entity';
import type { Field } from '../shared/fields';
import { filterOf } from '../shared/filters';
import { entities } from '../shared/model';
import type { Client } from './support/client';
import { author, create, inputFor } from './support/records';
import { oncePerPerson } from './support/rules';

interface Option {
  id: string;
  label: string | null;
}

/** Somebody who may make and list such records, and whether their name is a text of their own choice. */
async function namer(entity: Entity): Promise<Client | null> {
  const client = await author(entity);
  const field = entity.fields[entity.label];
  const free = field?.type === 'text' && !field.pattern && (field.max ?? 200) >= 60 && writable(entity, client?.user ?? null).some(([key]) => key === entity.label);
  return client && free && reach(entity, 'list', client.user) !== 'none' ? client : null;
}

describe.each(entities.map((entity) => ({ name: entity.titlePlural, entity })))('$name', ({ entity }) => {
  const url = `/${entity.path}`;

  it('are offered by name, the first twenty and the current one', async (test) => {
    const client = await namer(entity);
    if (!client || oncePerPerson(entity)) return test.skip('their names are not free, or each has one only');
    const marker = crypto.randomUUID().slice(0, 13);
    const named = async (label: string) => client.json<{ id: string }>('POST', url, { ...(await inputFor(entity, client)), [entity.label]: label });
    const later = await named(`A ${marker} 100%_`);
    const first = await named(`${marker} z`);
    const other = await create(entity, client);
    const ask = async (query: Record<string, string>) => (await client.json<Option[]>('GET', `${url}/options?${new URLSearchParams(query)}`)).map(({ id }) => id);
    expect(await ask({ q: marker.toUpperCase() })).toEqual([first.id, later.id]);
    expect(await ask({ q: `${marker} 100%_` })).toEqual([later.id]);
    expect(await ask({ q: `${marker}%z` })).toEqual([]);
    expect(await ask({ q: marker, id: other.id })).toEqual([other.id, first.id, later.id]);
    expect(await ask({ q: marker, id: 'nonsense' })).toEqual([first.id, later.id]);
    expect(await ask({ q: `${marker}\0` })).toEqual([]);
    expect((await ask({ q: '' })).length).toBeLessThanOrEqual(20);
  });

  it('are narrowed by every fitting field, to what was asked for and nothing else', async (test) => {
    const client = await author(entity);
    if (!client || (['list', 'read'] as const).some((action) => reach(entity, action, client.user) === 'none')) return test.skip('nobody may make and list them');
    const row = await create(entity, client);
    const mine = Object.fromEntries(readable(entity, client.user).flatMap(([key, field]) => (filterOf(key, field) && !isEmpty(row[key]) ? [[key, field]] : [])));
    for (const [key, field] of Object.entries(mine)) {
      for (const { query, inside } of questions(key, field, row[key])) {
        const answer = await client.call('GET', `${url}?${query}&pageSize=200&sort=-created_at`);
        expect(answer.status, query).toBe(200);
        const ids = ((await answer.json()) as Page<Row>).items.map(({ id }) => id);
        expect(ids.includes(row.id), query).toBe(inside);
      }
      expect((await client.call('GET', `${url}?${filterOf(key, field) === 'range' ? `${key}.from` : key}=%00nonsense`)).status, key).toBe(strict.has(filterOf(key, field) ?? '') ? 422 : 200);
    }
  });
});

it('no more than twenty names are offered', async (test) => {
  for (const entity of entities) {
    const client = oncePerPerson(entity) ? null : await namer(entity);
    if (!client) continue;
    for (let index = 0; index < 21; index += 1) await create(entity, client);
    expect(await client.json<Option[]>('GET', `/${entity.path}/options`)).toHaveLength(20);
    return;
  }
  test.skip('no names are free');
});

const strict = new Set<string>(['yes or no', 'record', 'range']);
const isEmpty = (value: unknown) => value === null || value === undefined || (Array.isArray(value) && value.length === 0);

/** Ways to ask for a value of a field, and whether a record that has it is among the answers. */
function questions(key: string, field: Field, value: unknown): { query: string; inside: boolean }[] {
  const text = encodeURIComponent(String([value].flat()[0]));
  const other = { 'one of': 'another', 'yes or no': String(value !== true), record: crypto.randomUUID(), tag: 'another' };
  const kind = filterOf(key, field);
  if (kind !== 'range') {
    const no = other[kind ?? 'tag'];
    return [{ query: `${key}=${text}`, inside: true }, { query: `${key}=${no}`, inside: false }, { query: `${key}=${no}&${key}=${text}`, inside: true }];
  }
  const [less, more] = around(field, value);
  return [
    { query: `${key}.from=${text}&${key}.to=${text}`, inside: true },
    { query: `${key}.from=${encodeURIComponent(more)}`, inside: false },
    { query: `${key}.to=${encodeURIComponent(less)}`, inside: false },
    { query: `${key}.from=${encodeURIComponent(less)}&${key}.to=${encodeURIComponent(more)}`, inside: true },
  ];
}

/** A little less and a little more. */
function around(field: Field, value: unknown): [string, string] {
  if (field.type === 'time') return [-1, 1].map((step) => new Date(Date.parse(`2026-01-01T${String(value)}Z`) + step * 60_000).toISOString().slice(11, 16)) as [string, string];
  // Without the traces of binary fractions: 0.3 - 1 is -0.7.
  if (typeof value === 'number') return [value - 1, value + 1].map((each) => String(Number(each.toFixed(6)))) as [string, string];
  const days = [-1, 1].map((step) => new Date(Date.parse(String(value)) + step * 86_400_000).toISOString().slice(0, field.type === 'date' ? 10 : undefined));
  return [days[0] ?? '', days[1] ?? ''];
}
