import { Hono } from 'hono';
import { type Action, check, type Entity, type Errors, nextStates, reach, type User, withInitial, writable } from '../shared/entity';
import type { Field } from '../shared/fields';
import { entityOf } from '../shared/model';
import { asUser, type Tx } from './db';
import { tell } from './changes';
import { body, type Env, fail, invalid, Refused } from './http';
import { newId } from './ids';
import { alive, filters, holding, labelOf, matching, mine, order, reached, selection } from './queries';

type Values = Record<string, unknown>;

/** The first of two guards; the second are the policies of the database. */
export function guard(entity: Entity, action: Action, user: User | null): 'all' | 'own' {
  const far = reach(entity, action, user);
  if (far === 'none') return user ? fail(403, 'You may not do this') : fail(401, 'Please log in');
  return far;
}

export const missing = (entity: Entity) => fail(404, `There is no such ${entity.title.toLowerCase()}`);

/** The record as a user sees it. */
export async function one(tx: Tx, entity: Entity, user: User | null, id: string) {
  const [row] = await tx`select ${selection(tx, entity, user)} from ${tx(entity.table)} t where t.id = ${id} and ${alive(tx, entity)}`;
  return row;
}

/** A foreign key would take a record that the user cannot see: this does not. */
async function checkReferences(tx: Tx, fields: [string, Field][], values: Values): Promise<void> {
  for (const [key, field] of fields) {
    if (!field.target || values[key] === undefined || values[key] === null) continue;
    const wanted = [values[key]].flat() as string[];
    const target = entityOf(field.target);
    const [found] = await tx`select count(*)::int as count from ${tx(target.table)} t where t.id = any(${wanted}::uuid[]) and ${alive(tx, target)}`;
    if (Number(found?.count) !== wanted.length) throw new Refused({ [key]: `${field.title} is not there any more` });
  }
}

function checkWorkflow(entity: Entity, values: Values, before: unknown, user: User | null): void {
  const flow = entity.workflow;
  const after = flow && values[flow.field];
  if (!flow || after === undefined || after === before) return;
  const permitted = before === undefined ? [flow.initial] : nextStates(entity, before, user);
  if (!permitted.includes(String(after))) {
    throw new Refused({ [flow.field]: `${entity.fields[flow.field]?.title ?? flow.field} cannot become ${String(after)} now` });
  }
}

/** What goes into the table, without what goes into join tables. */
function row(tx: Tx, entity: Entity, values: Values): Values {
  const own = Object.entries(values).filter(([key]) => !entity.fields[key]?.join);
  return Object.fromEntries(own.map(([key, value]) => [key, entity.fields[key]?.type === 'json' && value !== null ? tx.json(value as never) : value]));
}

async function writeLinks(tx: Tx, entity: Entity, id: string, values: Values): Promise<void> {
  for (const [key, field] of Object.entries(entity.fields)) {
    const ids = values[key] as string[] | undefined;
    if (!field.join || !ids) continue;
    const { table, from, to } = field.join;
    await tx`delete from ${tx(table)} where ${tx(from)} = ${id} and ${tx(to)} <> all(${ids}::uuid[])`;
    await tx`insert into ${tx(table)} (${tx(from)}, ${tx(to)}) select ${id}, * from unnest(${ids}::uuid[]) on conflict do nothing`;
  }
}

/** What the database refused, in the words of the form. */
function refusal(entity: Entity, error: unknown): Errors | null {
  if (error instanceof Refused) return error.errors;
  const { code = '', constraint_name: name = '' } = error as { code?: string; constraint_name?: string };
  const known = entity.constraints[name];
  if (known) return { [known.field]: known.message };
  if (code === '23503') return { _form: 'A record that this one refers to is not there any more' };
  return /^(22|23)/.test(code) ? { _form: 'The database did not accept these values' } : null;
}

async function create(entity: Entity, user: User | null, values: Values) {
  const id = newId();
  return asUser(user, async (tx) => {
    await checkReferences(tx, Object.entries(entity.fields), values);
    checkWorkflow(entity, values, undefined, user);
    // No RETURNING: whoever may create a record may not always read it.
    await tx`insert into ${tx(entity.table)} ${tx({ ...row(tx, entity, values), id })}`;
    await writeLinks(tx, entity, id, values);
    const after = await one(tx, entity, user, id);
    await tell(tx, user, { entity, id, before: null, after: after ?? null });
    return after ?? { id };
  });
}

async function update(entity: Entity, user: User | null, far: 'all' | 'own', id: string, values: Values) {
  return asUser(user, async (tx) => {
    const before = await one(tx, entity, user, id);
    if (!before) return null;
    if (far === 'own' && !before._mine) fail(403, 'You may not change this');
    await checkReferences(tx, Object.entries(entity.fields), values);
    checkWorkflow(entity, values, entity.workflow && before[entity.workflow.field], user);
    const changes = { ...row(tx, entity, values), updated_at: new Date() };
    const changed = await tx`update ${tx(entity.table)} t set ${tx(changes)} where t.id = ${id} and ${alive(tx, entity)} returning t.id`;
    if (changed.length === 0) fail(403, 'You may not change this');
    await writeLinks(tx, entity, id, values);
    const after = await one(tx, entity, user, id);
    await tell(tx, user, { entity, id, before, after: after ?? null });
    return after;
  });
}

async function remove(entity: Entity, user: User | null, far: 'all' | 'own', id: string): Promise<boolean> {
  return asUser(user, async (tx) => {
    const own = far === 'own' ? mine(tx, entity, 't') : tx`true`;
    const before = await one(tx, entity, user, id);
    const gone = entity.softDelete
      ? await tx`update ${tx(entity.table)} t set deleted_at = now() where t.id = ${id} and ${alive(tx, entity)} and ${own} returning t.id`
      : await tx`delete from ${tx(entity.table)} t where t.id = ${id} and ${own} returning t.id`;
    if (gone.length > 0) {
      await tell(tx, user, { entity, id, before: before ?? null, after: null });
      return true;
    }
    return before ? fail(403, 'You may not delete this') : false;
  });
}

async function list(entity: Entity, user: User | null, far: 'all' | 'own', query: Record<string, string>) {
  const page = Math.min(Math.max(Math.trunc(Number(query.page)) || 1, 1), 100_000);
  const pageSize = Math.min(Math.max(Math.trunc(Number(query.pageSize)) || 20, 1), 100);
  return asUser(user, async (tx) => {
    const where = tx`${alive(tx, entity)} and ${reached(tx, entity, far)}
      and ${matching(tx, entity, user, query.q ?? '')} and ${filters(tx, entity, user, query)}`;
    const items = await tx`select ${selection(tx, entity, user)} from ${tx(entity.table)} t where ${where}
      order by ${order(tx, entity, user, query.sort)} limit ${pageSize} offset ${(page - 1) * pageSize}`;
    const [count] = await tx`select count(*)::int as total from ${tx(entity.table)} t where ${where}`;
    return { items: [...items], total: Number(count?.total ?? 0), page, pageSize };
  });
}

const offered = 20;
const isId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** What a select offers: the records with these ids, and the first of those whose name holds `q`; names that begin with it come first. */
async function options(entity: Entity, user: User | null, far: 'all' | 'own', q: string, ids: string[]) {
  const wanted = ids.filter((id) => isId.test(id)).slice(0, 500);
  return asUser(user, async (tx) => {
    const name = labelOf(tx, entity, 't');
    const from = tx`select t.id, ${name} as label from ${tx(entity.table)} t where ${alive(tx, entity)} and ${reached(tx, entity, far)}`;
    const current = wanted.length > 0 ? await tx`${from} and t.id = any(${wanted}::uuid[]) order by t.id` : [];
    const found = q === ''
      ? await tx`${from} order by ${name}, t.id limit ${offered}`
      : await tx`${from} and ${name} ilike ${holding(q)} order by not ${name} ilike ${holding(q, '')}, ${name}, t.id limit ${offered}`;
    return [...current, ...found.filter(({ id }) => !wanted.includes(String(id)))];
  });
}

/** The path parameter `id`, only where it is one. */
export const uuid = ':id{[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}}';

/** The API of one entity: list, options, create, read, update, delete. */
export function records(entity: Entity) {
  return new Hono<Env>()
    .get('/', async (c) => {
      const user = c.get('user');
      return c.json(await list(entity, user, guard(entity, 'list', user), c.req.query()));
    })
    .get('/options', async (c) => {
      const user = c.get('user');
      return c.json(await options(entity, user, guard(entity, 'list', user), (c.req.query('q') ?? '').trim(), c.req.queries('id') ?? []));
    })
    .post('/', async (c) => {
      const user = c.get('user');
      guard(entity, 'create', user);
      const fields = writable(entity, user);
      const input = check(fields, withInitial(fields, await body(c)), { rules: entity.rules });
      if (!input.ok) return invalid(c, input.errors);
      return answer(entity, async () => c.json(await create(entity, user, input.values), 201), (errors) => invalid(c, errors));
    })
    .get(`/${uuid}`, async (c) => {
      const user = c.get('user');
      const far = guard(entity, 'read', user);
      const row = await asUser(user, (tx) => one(tx, entity, user, c.req.param('id')));
      return row && (far === 'all' || row._mine) ? c.json(row) : missing(entity);
    })
    .patch(`/${uuid}`, async (c) => {
      const user = c.get('user');
      const far = guard(entity, 'update', user);
      const input = check(writable(entity, user), await body(c), { partial: true, rules: entity.rules });
      if (!input.ok) return invalid(c, input.errors);
      const save = () => update(entity, user, far, c.req.param('id'), input.values);
      return answer(entity, async () => c.json((await save()) ?? missing(entity)), (errors) => invalid(c, errors));
    })
    .delete(`/${uuid}`, async (c) => {
      const user = c.get('user');
      const far = guard(entity, 'delete', user);
      const gone = await remove(entity, user, far, c.req.param('id')).catch((error: { code?: string }) => {
        if (error.code === '23503') return fail(409, `This ${entity.title.toLowerCase()} is still used by other records`);
        throw error;
      });
      return gone ? c.body(null, 204) : missing(entity);
    });
}

async function answer(entity: Entity, save: () => Promise<Response>, refuse: (errors: Errors) => Response): Promise<Response> {
  try {
    return await save();
  } catch (error) {
    const errors = refusal(entity, error);
    if (errors) return refuse(errors);
    if ((error as { code?: string }).code === '42501') fail(403, 'You may not do this');
    throw error;
  }
}
