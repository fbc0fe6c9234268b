import { check, type Checked, type Entity, type Errors, reach, type User, withInitial, writable } from '../shared/entity';
import { entityOf } from '../shared/model';
import type { Tx } from './db';
import { fail, Refused } from './http';
import { one } from './queries';
import { change, insert, refusal, remove, type Values } from './writing';

/**
 * Rows of a record's form, saved with it or not at all. They come in the record's own input as
 * `_children: { ingredient: [{ name: 'Salt' }, { id, name: 'Sugar' }, { id, _remove: true }] }`:
 * new, changed and removed ones; what is not named stays. What is wrong is told at `ingredient.0.name`.
 */
export const mostRows = 200;

interface Item {
  /** Where its errors are told, as in `ingredient.0`. */
  place: string;
  /** Null for a new row. */
  id: string | null;
  /** Null for one to remove. */
  values: Values | null;
}

interface Rows {
  entity: Entity;
  field: string;
  parent: string;
  items: Item[];
}

export type Nested = { ok: true; sets: Rows[] } | { ok: false; errors: Errors };

const isObject = (value: unknown): value is Values => typeof value === 'object' && value !== null && !Array.isArray(value);
const at = (place: string, errors: Errors): Errors => Object.fromEntries(Object.entries(errors).map(([key, message]) => [`${place}.${key}`, message]));
const isId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export const errorsIn = (...results: (Checked | Nested)[]): Errors => Object.assign({}, ...results.map((result) => (result.ok ? {} : result.errors))) as Errors;

/** The rows of an input, checked as if each were sent alone; `parent` is the id of the record around them. */
export function readChildren(entity: Entity, user: User | null, input: unknown, parent: string): Nested {
  const given = isObject(input) ? (input._children ?? {}) : {};
  if (!isObject(given)) return { ok: false, errors: { _children: 'Rows are expected by their kind' } };
  const errors: Errors = {};
  const sets: Rows[] = [];
  for (const [key, rows] of Object.entries(given)) {
    const child = entity.children?.find((each) => each.entity === key);
    if (!child) errors[key] = 'There are no such rows here';
    else if (!Array.isArray(rows) || rows.length > mostRows) errors[key] = `A list of at most ${mostRows} rows is expected`;
    else {
      const set: Rows = { entity: entityOf(key), field: child.field, parent, items: [] };
      for (const [index, row] of rows.entries()) {
        const item = readRow(set, user, row, `${key}.${index}`);
        if ('errors' in item) Object.assign(errors, item.errors);
        else set.items.push(item);
      }
      sets.push(set);
    }
  }
  return Object.keys(errors).length > 0 ? { ok: false, errors } : { ok: true, sets };
}

function readRow({ entity, field, parent }: Rows, user: User | null, row: unknown, place: string): Item | { errors: Errors } {
  if (!isObject(row)) return { errors: { [`${place}._form`]: 'An object is expected' } };
  const { id = null, _remove: removed = false, [field]: _, ...given } = row;
  if (id !== null && !(typeof id === 'string' && isId.test(id))) return { errors: { [`${place}._form`]: 'There is no such row' } };
  if (removed === true) return id === null ? { errors: { [`${place}._form`]: 'There is no such row' } } : { place, id, values: null };
  const fields = writable(entity, user);
  const input = id === null
    ? check(fields, withInitial(fields, { ...given, [field]: parent }), { rules: entity.rules })
    : check(fields, given, { partial: true, rules: entity.rules });
  return input.ok ? { place, id, values: input.values } : { errors: at(place, input.errors) };
}

/** Saves a record by `save` and then its rows; the record as it is afterwards, null when there is none. */
export async function withChildren(tx: Tx, entity: Entity, user: User | null, nested: Nested, save: () => Promise<(Values & { id?: unknown }) | null | undefined>) {
  const saved = await save();
  if (!saved || !nested.ok || nested.sets.length === 0) return saved;
  for (const set of nested.sets) {
    // Removed first, added last, so that what must be unique can change places.
    const ranked = set.items.toSorted((a, b) => rank(a) - rank(b));
    for (const item of ranked) await saveRow(tx, set, user, item);
  }
  return (await one(tx, entity, user, String(saved.id))) ?? saved;
}

const rank = (item: Item) => (item.values === null ? 0 : item.id === null ? 2 : 1);

/** The first of two guards, as in `records.ts`. */
function far(entity: Entity, action: 'create' | 'update' | 'delete', user: User | null): 'all' | 'own' {
  const found = reach(entity, action, user);
  return found === 'none' ? fail(user ? 403 : 401, `You may not do this with ${entity.titlePlural.toLowerCase()}`) : found;
}

async function saveRow(tx: Tx, { entity, field, parent }: Rows, user: User | null, { place, id, values }: Item): Promise<void> {
  try {
    if (id === null) {
      far(entity, 'create', user);
      await insert(tx, entity, user, values ?? {});
      return;
    }
    const own = await tx`select id from ${tx(entity.table)} t where t.id = ${id} and ${tx(`t.${field}`)} = ${parent}`;
    const done = own.length > 0 && (values === null
      ? await remove(tx, entity, user, far(entity, 'delete', user), id)
      : await change(tx, entity, user, far(entity, 'update', user), id, values));
    if (!done) throw new Refused({ _form: 'This row is not there any more' });
  } catch (error) {
    const errors = refusal(entity, error);
    throw errors ? new Refused(at(place, errors)) : error;
  }
}
