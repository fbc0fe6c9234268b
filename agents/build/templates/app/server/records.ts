import { Hono } from 'hono';
import { type Action, check, type Entity, type Errors, reach, type User, withInitial, writable } from '../shared/entity';
import { errorsIn, readChildren, withChildren } from './children';
import { asUser } from './db';
import { body, type Env, fail, invalid } from './http';
import { newId } from './ids';
import { alive, filters, holding, labelOf, matching, one, type Query, reached, selection } from './queries';
import { sorting } from './sorting';
import { change, insert, refusal, remove } from './writing';

export { one } from './queries';

/** The first of two guards; the second are the policies of the database. */
export function guard(entity: Entity, action: Action, user: User | null): 'all' | 'own' {
  const far = reach(entity, action, user);
  if (far === 'none') return user ? fail(403, 'You may not do this') : fail(401, 'Please log in');
  return far;
}

export const missing = (entity: Entity) => fail(404, `There is no such ${entity.title.toLowerCase()}`);

async function list(entity: Entity, user: User | null, far: 'all' | 'own', query: Record<string, string>, queries: Query) {
  const page = Math.min(Math.max(Math.trunc(Number(query.page)) || 1, 1), 100_000);
  const pageSize = Math.min(Math.max(Math.trunc(Number(query.pageSize)) || 20, 1), 200);
  return asUser(user, async (tx) => {
    const where = tx`${alive(tx, entity)} and ${reached(tx, entity, far)}
      and ${matching(tx, entity, user, query.q ?? '')} and ${filters(tx, entity, user, queries)}`;
    const items = await tx`select ${selection(tx, entity, user)} from ${tx(entity.table)} t where ${where}
      order by ${sorting(tx, entity, user, query.sort)} limit ${pageSize} offset ${(page - 1) * pageSize}`;
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
      return c.json(await list(entity, user, guard(entity, 'list', user), c.req.query(), c.req.queries()));
    })
    .get('/options', async (c) => {
      const user = c.get('user');
      return c.json(await options(entity, user, guard(entity, 'list', user), (c.req.query('q') ?? '').trim(), c.req.queries('id') ?? []));
    })
    .post('/', async (c) => {
      const user = c.get('user');
      guard(entity, 'create', user);
      const fields = writable(entity, user);
      const given = await body(c);
      const input = check(fields, withInitial(fields, given), { rules: entity.rules });
      const id = newId();
      const nested = readChildren(entity, user, given, id);
      if (!input.ok || !nested.ok) return invalid(c, errorsIn(input, nested));
      const save = () => asUser(user, (tx) => withChildren(tx, entity, user, nested, () => insert(tx, entity, user, input.values, id)));
      return answer(entity, async () => c.json(await save(), 201), (errors) => invalid(c, errors));
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
      const id = c.req.param('id');
      const given = await body(c);
      const input = check(writable(entity, user), given, { partial: true, rules: entity.rules });
      const nested = readChildren(entity, user, given, id);
      if (!input.ok || !nested.ok) return invalid(c, errorsIn(input, nested));
      const save = () => asUser(user, (tx) => withChildren(tx, entity, user, nested, () => change(tx, entity, user, far, id, input.values)));
      return answer(entity, async () => c.json((await save()) ?? missing(entity)), (errors) => invalid(c, errors));
    })
    .delete(`/${uuid}`, async (c) => {
      const user = c.get('user');
      const far = guard(entity, 'delete', user);
      const gone = await asUser(user, (tx) => remove(tx, entity, user, far, c.req.param('id'))).catch((error: { code?: string }) => {
        if (error.code === '23503') return fail(409, `This ${entity.title.toLowerCase()} is still used by other records`);
        const [message] = Object.values(refusal(entity, error) ?? {});
        if (message) return fail(409, message);
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
    const { code } = error as { code?: string };
    if (code === '42501') fail(403, 'You may not do this');
    // Two changes waited for each other, or one was made on what another has changed since.
    if (code === '40P01' || code === '40001') fail(409, 'Somebody else is changing this at the same time, please try again');
    throw error;
  }
}
