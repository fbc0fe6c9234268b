import { describe, expect, it } from 'vitest';
import { asUser } from '../server/db';
import { entityOf } from '../shared/model';
import { type Expected, type ExpectedField, expected } from './expected';
import type { Client } from './support/client';
import { author, columnsOf, inputFor } from './support/records';

const texts = new Set(['text', 'longtext', 'markdown', 'email', 'phone', 'url', 'image', 'file', 'geo']);
const wholes = new Set(['integer', 'rating', 'duration']);

/** Values that no field of the type takes, whatever its limits. */
const malformed: Readonly<Record<string, readonly unknown[]>> = {
  text: [7, 'nul \0'], longtext: [7], markdown: [7], integer: ['1', 1.5], decimal: ['1'], money: ['1', 1.005],
  boolean: ['yes'], date: ['2026-02-30', 'tomorrow'], datetime: ['yesterday'], time: ['25:00'], tags: ['x', [7]],
  email: ['nobody'], phone: ['no number'], url: ['javascript:alert(1)'], image: ['javascript:alert(1)'], file: ['data:text/html,x'],
  color: ['red'], rating: [1.5], duration: [1.5], geo: ['91, 0'], reference: ['no id'],
};

const unlikely = ['~ ~', 'no match at all', '0', '', 'ß'];

interface Wrong {
  value: unknown;
  /** Whether the database refuses it as well. */
  stored: boolean;
}

/** A text of this length, which no pattern refuses while there is one. */
function filled(length: number, pattern: string | undefined): string {
  const whole = new RegExp(`^(?:${pattern ?? '.*'})$`);
  const found = ['x', 'X', '0'].map((char) => char.repeat(length));
  return found.find((text) => whole.test(text)) ?? 'x'.repeat(length);
}

/** Values that a field must refuse. */
function wrong(field: ExpectedField): Wrong[] {
  const { type, min, max, pattern, options, required } = field;
  const found: Wrong[] = (malformed[type] ?? []).map((value) => ({ value, stored: false }));
  if (required) found.push({ value: null, stored: true });
  if (options) found.push({ value: 'none of these options', stored: true });
  const text = texts.has(type);
  if (max !== undefined) found.push({ value: text ? filled(max + 1, pattern) : max + 1, stored: true });
  if (min !== undefined && (!text || min > 1)) found.push({ value: text ? filled(min - 1, pattern) : min - 1, stored: true });
  const other = pattern === undefined ? undefined : unlikely.find((each) => each !== '' && !new RegExp(`^(?:${pattern})$`).test(each));
  if (other !== undefined) found.push({ value: other, stored: false });
  return found.filter(({ value }) => typeof value !== 'number' || !wholes.has(type) || Math.abs(value) < 2 ** 31 || max !== undefined || min !== undefined);
}

class Undo extends Error {}

describe.each(expected.map((asked) => ({ name: asked.entity, asked })))('$name: what is refused', ({ asked }) => {
  const entity = entityOf(asked.entity);
  const url = `/${asked.path}`;

  /** The code with which the database refuses a row; nothing stays. */
  async function insert(client: Client, values: Record<string, unknown>): Promise<string | null> {
    try {
      await asUser(client.user, async (tx) => {
        await tx`insert into ${tx(asked.table)} ${tx(columnsOf(tx, entity, values))}`;
        throw new Undo();
      });
    } catch (error) {
      return error instanceof Undo ? null : ((error as { code?: string }).code ?? String(error));
    }
    return null;
  }

  const references = Object.entries(asked.references).map(([key, required]): [string, ExpectedField] => [key, { type: 'reference', ...(required ? { required } : {}) }]);
  const fields = [...Object.entries(asked.fields), ...references];

  /** Whether somebody's words for a field are heard at all. */
  const heard = (client: Client) => ([, { writeRoles, readRoles }]: [string, ExpectedField]) =>
    [writeRoles, readRoles].every((some) => !some || some.includes(client.user?.role ?? ''));

  it('every wrong value, at its field', async (test) => {
    const client = await author(entity);
    if (!client) return test.skip('nobody may make them');
    const right = await inputFor(entity, client);
    for (const [key, field] of fields.filter(heard(client))) {
      for (const { value } of wrong(field)) {
        const answer = await client.call('POST', url, { ...right, [key]: value });
        const what = `${key} = ${JSON.stringify(value)?.slice(0, 60)}`;
        expect(answer.status, what).toBe(422);
        expect(Object.keys(((await answer.json()) as { errors: object }).errors), what).toContain(key);
      }
    }
  });

  it('by the database as well, whatever the server lets through', async (test) => {
    const client = await author(entity);
    if (!client) return test.skip('nobody may make them');
    const right = await inputFor(entity, client);
    for (const [key, field] of fields) {
      for (const { value } of wrong(field).filter(({ stored }) => stored)) {
        expect(await insert(client, { ...right, [key]: value }), `${key} = ${JSON.stringify(value)?.slice(0, 60)}`).toMatch(/^(22|23|42501)/);
      }
    }
  });

  it('a value that only one may have', async (test) => {
    const client = await author(entity);
    if (!client || asked.unique.length === 0) return test.skip('none is unique');
    for (const keys of asked.unique) {
      const first = await inputFor(entity, client);
      if (keys.some((key) => first[key] === null || first[key] === undefined)) continue;
      expect((await client.call('POST', url, first)).status).toBe(201);
      const second = { ...(await inputFor(entity, client)), ...Object.fromEntries(keys.map((key) => [key, first[key]])) };
      const answer = await client.call('POST', url, second);
      expect(answer.status, keys.join(', ')).toBe(422);
      expect(Object.keys(((await answer.json()) as { errors: object }).errors)).toContain(keys.at(-1));
      expect(await insert(client, second)).toBe('23505');
    }
  });
});

it('all kinds of records have their expectations', () => {
  const known: readonly Expected[] = expected;
  expect(known.length).toBeGreaterThan(0);
  for (const { entity, path, table } of known) expect(entityOf(entity)).toMatchObject({ path, table });
});
