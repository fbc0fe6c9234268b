import type { Entity, User } from '../shared/entity';
import { readable } from '../shared/entity';
import { HTTPException } from 'hono/http-exception';
import type { Field, FieldType } from '../shared/fields';
import { filterOf, isBound } from '../shared/filters';
import { entityOf } from '../shared/model';
import { join, type Sql, type Tx } from './db';

/** The parts of a statement about an entity; the table is always called `t`. */

const stored = (field: Field) => field.type !== 'references';

/** Columns, labels of what is referred to, and whether the record is the user's own. */
export function selection(tx: Tx, entity: Entity, user: User | null): Sql {
  const fields = readable(entity, user);
  const columns = ['id', ...fields.filter(([, field]) => stored(field)).map(([key]) => key), 'created_at', 'updated_at'];
  const pairs = fields.filter(([, field]) => !stored(field)).map(([key, field]) => tx`${linked(tx, field)} as ${tx(key)}`);
  const labels = fields
    .filter(([, field]) => field.target)
    .map(([key, field]) => tx`${key}::text, ${stored(field) ? label(tx, key, field) : linkedLabels(tx, field)}`);
  return join(tx, [
    tx`${tx(columns.map((column) => `t.${column}`))}`,
    ...pairs,
    tx`${labels.length > 0 ? tx`jsonb_build_object(${join(tx, labels)})` : tx`'{}'::jsonb`} as "_labels"`,
    tx`${mine(tx, entity, 't')} as "_mine"`,
  ]);
}

/** The text by which people know a record. */
export const labelOf = (tx: Tx, entity: Entity, alias: string): Sql => tx`${tx(`${alias}.${entity.label}`)}::text`;

function label(tx: Tx, key: string, field: Field): Sql {
  const target = entityOf(field.target);
  return tx`(select ${labelOf(tx, target, 'r')} from ${tx(target.table)} r where r.id = ${tx(`t.${key}`)})`;
}

function links(tx: Tx, field: Field): Sql {
  const target = entityOf(field.target);
  const { table = '', from = '', to = '' } = field.join ?? {};
  return tx`from ${tx(table)} j join ${tx(target.table)} r on r.id = ${tx(`j.${to}`)} where ${tx(`j.${from}`)} = t.id`;
}

const linked = (tx: Tx, field: Field): Sql => tx`array(select r.id ${links(tx, field)} order by r.id)`;

const linkedLabels = (tx: Tx, field: Field): Sql =>
  tx`(select coalesce(jsonb_agg(jsonb_build_object('id', r.id, 'label', ${labelOf(tx, entityOf(field.target), 'r')}) order by r.id), '[]') ${links(tx, field)})`;

/** True for records whose owner is the current user; the same rule as in the policies. */
export function mine(tx: Tx, entity: Entity, alias: string): Sql {
  const parent = entity.parent === undefined ? undefined : entity.fields[entity.parent];
  if (entity.org) return tx`coalesce(${tx(`${alias}.org_id`)} = app_org_id(), false)`;
  if (entity.ownership === 'system') return tx`false`;
  if (entity.ownership !== 'parent' || !parent || !entity.parent) return tx`coalesce(${tx(`${alias}.owner_id`)} = app_user_id(), false)`;
  const target = entityOf(parent.target);
  const above = `${alias}p`;
  return tx`exists (select 1 from ${tx(target.table)} ${tx(above)} where ${tx(`${above}.id`)} = ${tx(`${alias}.${entity.parent}`)} and ${mine(tx, target, above)})`;
}

/** As `mine`, for the records of a statement that somebody may reach; written so that an index serves it. */
export function reached(tx: Tx, entity: Entity, far: 'all' | 'own'): Sql {
  if (far === 'all') return tx`true`;
  if (entity.org) return tx`t.org_id = (select app_org_id())`;
  return entity.ownership === 'user' || entity.ownership === 'shared' ? tx`t.owner_id = (select app_user_id())` : mine(tx, entity, 't');
}

export const alive = (tx: Tx, entity: Entity): Sql => (entity.softDelete ? tx`t.deleted_at is null` : tx`true`);

/** PostgreSQL knows no text with a NUL in it: nothing can hold it. */
const storable = (text: string) => text.replaceAll('\0', '\ufffd');

/** For `ilike`: a text that holds these characters as they are. */
export const holding = (text: string, before = '%') => `${before}${storable(text).replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;

function searchable(tx: Tx, key: string, field: Field | undefined): Sql {
  if (field?.type === 'tags') return tx`array_to_string(${tx(`t.${key}`)}, ' ')`;
  return tx`${tx(`t.${key}`)}::text`;
}

/** Records that hold every word of `q` in one of the fields searched. */
export function matching(tx: Tx, entity: Entity, user: User | null, q: string): Sql {
  const visible = new Map(readable(entity, user));
  const keys = entity.search.filter((key) => visible.has(key));
  const words = q.split(/\s+/).filter(Boolean).slice(0, 10);
  if (words.length === 0 || keys.length === 0) return tx`true`;
  const each = words.map((word) => tx`(${join(tx, keys.map((key) => tx`${searchable(tx, key, visible.get(key))} ilike ${holding(word)}`), tx` or `)})`);
  return join(tx, each, tx` and `);
}

/** Parameters of an address; one may be there several times. */
export type Query = Readonly<Record<string, string | readonly string[]>>;

const wrongFilter = (field: Field): never => {
  throw new HTTPException(422, { message: `The list cannot be narrowed like this by ${field.title}` });
};
const isId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

function oneOf(tx: Tx, key: string, field: Field, values: string[]): Sql {
  const column = tx(`t.${key}`);
  switch (filterOf(key, field)) {
    case 'one of': return tx`${column} = any(${values}::text[])`;
    case 'yes or no': return values.every((value) => value === 'true' || value === 'false') ? tx`${column}::text = any(${values}::text[])` : wrongFilter(field);
    case 'tag': return tx`${column} && ${values}::text[]`;
    case 'record': break;
    default: return wrongFilter(field);
  }
  if (!values.every((value) => isId.test(value))) wrongFilter(field);
  if (!field.join) return tx`${column} = any(${values}::uuid[])`;
  const { table, from, to } = field.join;
  return tx`exists (select 1 from ${tx(table)} j where ${tx(`j.${from}`)} = t.id and ${tx(`j.${to}`)} = any(${values}::uuid[]))`;
}

const casts: Partial<Record<FieldType, (tx: Tx, text: string) => Sql>> = {
  date: (tx, text) => tx`${text}::date`,
  datetime: (tx, text) => tx`${text}::timestamptz`,
  time: (tx, text) => tx`${text}::time`,
};
const numeric = (tx: Tx, text: string) => tx`${text}::numeric`;

function bounds(tx: Tx, key: string, field: Field, query: Query): Sql[] {
  return (['from', 'to'] as const).flatMap((end) => {
    const [text = ''] = [query[`${key}.${end}`] ?? ''].flat();
    if (text === '') return [];
    if (!isBound(field, text)) wrongFilter(field);
    const value = (casts[field.type] ?? numeric)(tx, text);
    return [end === 'from' ? tx`${tx(`t.${key}`)} >= ${value}` : tx`${tx(`t.${key}`)} <= ${value}`];
  });
}

/** What narrows a list by its fields: see `shared/filters.ts`. */
export function filters(tx: Tx, entity: Entity, user: User | null, query: Query): Sql {
  const parts = readable(entity, user).flatMap(([key, field]) => {
    const kind = filterOf(key, field);
    if (kind === null) return [];
    const values = [query[key] ?? []].flat().filter(Boolean).map(storable).slice(0, 100);
    return [...(values.length > 0 ? [oneOf(tx, key, field, values)] : []), ...(kind === 'range' ? bounds(tx, key, field, query) : [])];
  });
  return parts.length > 0 ? join(tx, parts, tx` and `) : tx`true`;
}

/** `title` or `-title`; anything else is the entity's own order. */
export function order(tx: Tx, entity: Entity, user: User | null, wanted: string | undefined): Sql {
  const known = new Set(['created_at', 'updated_at', ...readable(entity, user).filter(([, field]) => stored(field) && field.type !== 'json').map(([key]) => key)]);
  const sort = wanted && known.has(wanted.replace(/^-/, '')) ? wanted : entity.sort;
  const field = entity.fields[sort.replace(/^-/, '')];
  const column = tx(`t.${sort.replace(/^-/, '')}`);
  const by = field?.type === 'reference' ? label(tx, sort.replace(/^-/, ''), field) : tx`${column}`;
  return tx`${by} ${sort.startsWith('-') ? tx`desc` : tx`asc`} nulls last, t.id`;
}

/** The record as a user sees it. */
export async function one(tx: Tx, entity: Entity, user: User | null, id: string) {
  const [row] = await tx`select ${selection(tx, entity, user)} from ${tx(entity.table)} t where t.id = ${id} and ${alive(tx, entity)}`;
  return row;
}
