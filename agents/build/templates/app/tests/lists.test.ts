import { afterAll, describe, expect, it } from 'vitest';
import { type Entity, reach, writable } from '../shared/entity';
import { entities } from '../shared/model';
import { closeDb } from '../server/db';
import type { Client } from './support/client';
import { author, create, inputFor } from './support/records';

afterAll(closeDb);

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
    if (!client) return test.skip('their names are not free');
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
    expect((await ask({ q: '' })).length).toBeLessThanOrEqual(20);
  });
});
