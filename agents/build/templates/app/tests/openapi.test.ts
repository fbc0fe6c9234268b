import { describe, expect, it } from 'vitest';
import { reach, type Row } from '../shared/entity';
import { entities } from '../shared/model';
import { type Client, guest, person } from './support/client';
import { author, inputFor } from './support/records';

interface Schema {
  $ref?: string;
  type?: string | string[];
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  anyOf?: Schema[];
  enum?: unknown[];
  pattern?: string;
}

interface Answer {
  content?: Record<string, { schema: Schema }>;
}

interface Operation {
  operationId: string;
  requestBody?: Answer;
  responses: Record<string, Answer>;
}

interface Document {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
}

const read = () => guest().json<Document>('GET', '/openapi.json');
const missing = '00000000-0000-4000-8000-000000000000';

const typeOf = (value: unknown) => (value === null ? 'null' : Array.isArray(value) ? 'array' : Number.isInteger(value) ? 'integer' : typeof value);

/** Where a value does not fit a schema; not all of JSON Schema, but what the document uses. */
function misfits(document: Document, schema: Schema, value: unknown, at = ''): string[] {
  if (schema.$ref) return misfits(document, document.components.schemas[schema.$ref.split('/').at(-1) ?? ''] ?? { enum: [] }, value, at);
  if (schema.anyOf) return schema.anyOf.some((each) => misfits(document, each, value, at).length === 0) ? [] : [`${at} fits none`];
  const types = [schema.type ?? []].flat();
  const type = typeOf(value);
  if (types.length > 0 && !types.includes(type) && !(type === 'integer' && types.includes('number'))) return [`${at} is ${type}, not ${types.join(' or ')}`];
  if (schema.enum && !schema.enum.includes(value)) return [`${at} is none of ${schema.enum.join()}`];
  if (schema.pattern && typeof value === 'string' && !new RegExp(schema.pattern).test(value)) return [`${at} does not match`];
  if (Array.isArray(value)) return value.flatMap((each, index) => misfits(document, schema.items ?? {}, each, `${at}[${index}]`));
  if (typeof value !== 'object' || value === null) return [];
  const given = value as Record<string, unknown>;
  const absent = (schema.required ?? []).filter((key) => !(key in given)).map((key) => `${at}.${key} is missing`);
  const unknown = schema.properties ? Object.keys(given).filter((key) => !schema.properties?.[key]).map((key) => `${at}.${key} is not described`) : [];
  return [...absent, ...unknown, ...Object.entries(schema.properties ?? {}).flatMap(([key, each]) => (key in given ? misfits(document, each, given[key], `${at}.${key}`) : []))];
}

describe('the OpenAPI document', () => {
  it('names only what is served', async () => {
    const { paths } = await read();
    for (const [path, operations] of Object.entries(paths)) {
      for (const method of Object.keys(operations)) {
        const answer = await guest().call(method.toUpperCase(), path.replaceAll(/\{\w+\}/g, missing));
        expect(answer.status, `${method} ${path}`).not.toBe(405);
        expect(answer.status, `${method} ${path}`).not.toBe(500);
        if (answer.status === 404) expect(await answer.json(), `${method} ${path}`).not.toEqual({ error: 'There is nothing here' });
      }
    }
  });

  it('describes every route of accounts and records', async () => {
    const { paths } = await read();
    const own = Object.entries(paths).filter(([path]) => /^\/auth\//.test(path) || entities.some((entity) => [`/${entity.path}`, `/${entity.path}/{id}`, `/${entity.path}/import`].includes(path)));
    expect(own.length).toBeGreaterThan(10);
    for (const [path, operations] of own) for (const [method, operation] of Object.entries(operations)) expect(Object.keys(operation.responses), `${method} ${path}`).not.toContain('default');
    const ids = Object.values(paths).flatMap((operations) => Object.values(operations).map(({ operationId }) => operationId));
    expect(new Set(ids).size).toBe(ids.length);
  });
});

/** Calls the API, and holds what is sent and answered to the document. */
async function held(document: Document, client: Client, method: string, path: string, body?: unknown): Promise<unknown> {
  const operation = document.paths[path.replace(/[0-9a-f-]{36}/, '{id}').replace(/\?.*/, '')]?.[method.toLowerCase()];
  const asked = operation?.requestBody?.content?.['application/json']?.schema;
  if (asked) expect(misfits(document, asked, body), `${method} ${path}`).toEqual([]);
  const answer = await client.call(method, path, body);
  const described = operation?.responses[String(answer.status)];
  expect(described, `${method} ${path} answers ${answer.status}: ${await answer.clone().text()}`).toBeDefined();
  if (!described?.content) return null;
  const value: unknown = await answer.json();
  expect(misfits(document, described.content['application/json']?.schema ?? {}, value), `${method} ${path}`).toEqual([]);
  return value;
}

describe.each(entities.map((entity) => ({ name: entity.titlePlural, entity })))('$name', ({ entity }) => {
  it('are what the OpenAPI document says', async (test) => {
    const client = await author(entity);
    if (!client) return test.skip('nobody may make them');
    const document = await read();
    expect(document.openapi).toBe('3.1.0');
    const { id } = (await held(document, client, 'POST', `/${entity.path}`, await inputFor(entity, client))) as Row;
    for (const action of ['read', 'update', 'list', 'delete'] as const) {
      const call = { read: ['GET', `/${id}`], update: ['PATCH', `/${id}`], list: ['GET', ''], delete: ['DELETE', `/${id}`] }[action];
      if (reach(entity, action, client.user) !== 'none') await held(document, client, call[0] ?? '', `/${entity.path}${call[1]}`, action === 'update' ? {} : undefined);
    }
    if (reach(entity, 'list', client.user) !== 'none') await held(document, client, 'GET', `/${entity.path}/options`);
    await held(document, client, 'POST', `/${entity.path}`, await inputFor(entity, client));
    if (reach(entity, 'list', null) === 'none') await held(document, guest(), 'GET', `/${entity.path}`);
  });
});

it('accounts are what the OpenAPI document says', async () => {
  const [document, admin] = [await read(), await person('admin')];
  expect(document.paths['/auth/login']).toBeDefined();
  for (const path of ['/auth/me', '/auth/signup', '/auth/sessions', '/auth/users', '/auth/invitations', '/auth/outbox', '/health']) await held(document, admin, 'GET', path);
  await held(document, guest(), 'GET', '/auth/me');
  await held(document, guest(), 'GET', '/auth/users');
});
