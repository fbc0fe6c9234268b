import { app } from '../../shared/app';
import type { Action, Entity } from '../../shared/entity';
import type { Field } from '../../shared/fields';
import { filterOf } from '../../shared/filters';
import { answer, everyone, inPath, nothing, type Parameter, type Paths, query, refusals, sent, signedIn } from './operations';
import { id, list, moment, object, ref, type Schema, schemaOf, text } from './schemas';

/** What an entity's records look like: `recipe` as answered, `recipe.input` as sent, `recipe.page` as listed. */
export function schemas(entity: Entity): Record<string, Schema> {
  const fields = Object.entries(entity.fields);
  const own = Object.fromEntries(fields.map(([key, field]) => [key, schemaOf(field)]));
  const seen = fields.filter(([, field]) => !field.readRoles).map(([key]) => key);
  const writing = fields.filter(([, field]) => !field.readOnly);
  const inputs = Object.fromEntries(writing.map(([key, field]) => [key, schemaOf(field, true)]));
  const needed = writing.filter(([, field]) => field.required && field.initial === undefined && !field.writeRoles && field.type !== 'boolean').map(([key]) => key);
  const rows: Record<string, Schema> = entity.children ? { _children: object(Object.fromEntries(entity.children.map(({ entity: key, field }) => [key, { ...list(ref(`${key}.row`)), maxItems: 200, description: `Rows that belong to it by ${field}: new, changed with their id, or removed` }])), []) } : {};
  const labels: Schema = { type: 'object', description: 'What the records referred to are called, by field' };
  return {
    [entity.key]: { title: entity.title, ...object({ id, ...own, created_at: moment, updated_at: moment, _mine: { type: 'boolean' }, _labels: labels }, ['id', ...seen, 'created_at', 'updated_at', '_mine', '_labels']) },
    [`${entity.key}.input`]: { title: `${entity.title}: new`, ...object({ ...inputs, ...rows }, needed) },
    [`${entity.key}.changes`]: { title: `${entity.title}: what changes`, ...object({ ...inputs, ...rows }, []) },
    [`${entity.key}.row`]: { title: `${entity.title} in what it belongs to`, ...object({ id, ...inputs, _remove: { type: 'boolean' } }, []) },
    [`${entity.key}.page`]: object({ items: list(ref(entity.key)), total: { type: 'integer' }, page: { type: 'integer' }, pageSize: { type: 'integer' } }),
  };
}

/** Parameters that narrow a list: see `shared/filters.ts`. */
function narrowing(key: string, field: Field): Parameter[] {
  const one = schemaOf({ ...field, required: true });
  switch (filterOf(key, field)) {
    case null: return [];
    case 'range': {
      const { minimum: _, maximum: __, title, ...schema } = one;
      return ['from', 'to'].map((end) => query(`${key}.${end}`, schema, `${String(title)}: ${end}, included`));
    }
    case 'yes or no': return [{ ...query(key, list({ type: 'boolean' }), field.title), explode: true }];
    case 'record': return [{ ...query(key, list(id), `${field.title}: any of these`), explode: true }];
    case 'tag': return [{ ...query(key, list(text), `${field.title}: any of these`), explode: true }];
    default: return [{ ...query(key, list({ type: 'string', enum: field.options }), `${field.title}: any of these`), explode: true }];
  }
}

function listParameters(entity: Entity): Parameter[] {
  const sorts = ['created_at', 'updated_at', ...Object.entries(entity.fields).filter(([, field]) => field.type !== 'references' && field.type !== 'json').map(([key]) => key)];
  return [
    ...(entity.search.length > 0 ? [query('q', text, 'Words that must all be in it')] : []),
    query('sort', { type: 'string', enum: sorts.flatMap((key) => [key, `-${key}`]), default: entity.sort }, 'The field to sort by; with - from the end'),
    ...Object.entries(entity.fields).flatMap(([key, field]) => narrowing(key, field)),
  ];
}

const paging = [query('page', { type: 'integer', minimum: 1, default: 1 }, 'From 1'), query('pageSize', { type: 'integer', minimum: 1, maximum: 200, default: 20 }, 'How many on a page')];

/** The routes of one entity, as in `server/records.ts` and `server/transfer.ts`. */
export function paths(entity: Entity): Paths {
  const { key, path, title, titlePlural } = entity;
  const all = { tags: [titlePlural] };
  const who = (action: Action) => ({ security: entity.access[action].includes('guest') ? everyone : signedIn, description: `For: ${entity.access[action].join(', ') || 'nobody'}` });
  const one = [inPath('id', id)];
  const name = (word: string) => `${key}.${word}`;
  const option = object({ id, label: { type: ['string', 'null'] } });
  const file = { 'text/csv': { schema: text } };
  const wrong = object({ line: { type: 'integer' }, column: text, message: text });
  const report = object({ rows: { type: 'integer' }, created: { type: 'integer' }, dryRun: { type: 'boolean' }, ignored: list(text), wrong: list(wrong), wrongTotal: { type: 'integer' } });
  return {
    [`/${path}`]: {
      get: { ...all, ...who('list'), operationId: name('list'), summary: `List ${titlePlural}`, parameters: [...paging, ...listParameters(entity)], responses: { 200: answer('A page of them', ref(`${key}.page`)), ...refusals(401, 403, 422) } },
      post: { ...all, ...who('create'), operationId: name('create'), summary: `Make: ${title}`, requestBody: sent(ref(`${key}.input`)), responses: { 201: answer('The record; its id alone for those who may not read it', { anyOf: [ref(key), object({ id })] }), ...refusals(401, 403, 413, 415, 422) } },
    },
    [`/${path}/options`]: {
      get: { ...all, ...who('list'), operationId: name('options'), summary: `Names of ${titlePlural} to choose from`, parameters: [query('q', text, 'What the name holds'), { ...query('id', list(id), 'Also these'), explode: true }], responses: { 200: answer('The first 20, and those asked for', list(option)), ...refusals(401, 403) } },
    },
    [`/${path}/export.csv`]: {
      get: { ...all, ...who('list'), operationId: name('export'), summary: `${titlePlural} as a CSV file`, parameters: [query('_mark', { type: 'string', enum: ['1'] }, 'Begin with a byte order mark, for spreadsheets'), ...listParameters(entity)], responses: { 200: { description: `All that ${app.name} shows to the reader`, content: file }, ...refusals(401, 403, 422) } },
    },
    [`/${path}/import`]: {
      post: { ...all, ...who('create'), operationId: name('import'), summary: `Make ${titlePlural} from a CSV file, all or none`, parameters: [query('dryRun', { type: 'string', enum: ['1'] }, 'Only try it')], requestBody: { required: true, content: file }, responses: { 200: answer('What was done, or with dryRun what is wrong', report), ...refusals(401, 403, 413, 415, 422) } },
    },
    [`/${path}/{id}`]: {
      get: { ...all, ...who('read'), operationId: name('read'), summary: `Read: ${title}`, parameters: one, responses: { 200: answer('The record', ref(key)), ...refusals(401, 403, 404) } },
      patch: { ...all, ...who('update'), operationId: name('update'), summary: `Change: ${title}`, parameters: one, requestBody: sent(ref(`${key}.changes`)), responses: { 200: answer('The record as it is now', ref(key)), ...refusals(401, 403, 404, 413, 415, 422) } },
      delete: { ...all, ...who('delete'), operationId: name('delete'), summary: `Delete: ${title}`, parameters: one, responses: { 204: nothing, ...refusals(401, 403, 404, 409) } },
    },
  };
}
