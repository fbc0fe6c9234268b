import { type Entity, type Errors, nextStates, type User } from '../shared/entity';
import type { Field } from '../shared/fields';
import { entityOf } from '../shared/model';
import { tell } from './changes';
import type { Tx } from './db';
import { fail, Refused } from './http';
import { newId } from './ids';
import { alive, mine, one } from './queries';

/** How records are made, changed and deleted, each in the transaction of its caller. */

export type Values = Record<string, unknown>;
type Reach = 'all' | 'own';

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

/** `before` is the record as it was; null for a new one. */
function checkWorkflow(entity: Entity, values: Values, before: Values | null, user: User | null): void {
  const flow = entity.workflow;
  const after = flow && values[flow.field];
  if (!flow || after === undefined || after === before?.[flow.field]) return;
  const permitted = before === null ? [flow.initial] : nextStates(entity, before[flow.field], user, before._mine === true);
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
export function refusal(entity: Entity, error: unknown): Errors | null {
  if (error instanceof Refused) return error.errors;
  const { code = '', constraint_name: name = '', column_name: column = '' } = error as { code?: string; constraint_name?: string; column_name?: string };
  const known = entity.constraints[name];
  if (known) return { [known.field]: known.message };
  const field = entity.fields[column];
  if (code === '23514' && field) return { [column]: `${field.title} is not there any more` };
  if (code === '23503') return { _form: 'A record that this one refers to is not there any more' };
  return /^(22|23)/.test(code) ? { _form: 'The database did not accept these values' } : null;
}

/** Makes a record; what the user may see of it. */
export async function insert(tx: Tx, entity: Entity, user: User | null, values: Values, id = newId()) {
  await checkReferences(tx, Object.entries(entity.fields), values);
  checkWorkflow(entity, values, null, user);
  // No RETURNING: whoever may create a record may not always read it.
  await tx`insert into ${tx(entity.table)} ${tx({ ...row(tx, entity, values), id })}`;
  await writeLinks(tx, entity, id, values);
  const after = await one(tx, entity, user, id);
  await tell(tx, user, { entity, id, before: null, after: after ?? null });
  return after ?? { id };
}

/** Changes a record; null when there is none that the user sees. */
export async function change(tx: Tx, entity: Entity, user: User | null, far: Reach, id: string, values: Values) {
  const before = await one(tx, entity, user, id);
  if (!before) return null;
  if (far === 'own' && !before._mine) fail(403, 'You may not change this');
  await checkReferences(tx, Object.entries(entity.fields), values);
  checkWorkflow(entity, values, before, user);
  const changes = { ...row(tx, entity, values), updated_at: new Date() };
  const changed = await tx`update ${tx(entity.table)} t set ${tx(changes)} where t.id = ${id} and ${alive(tx, entity)} returning t.id`;
  if (changed.length === 0) fail(403, 'You may not change this');
  await writeLinks(tx, entity, id, values);
  const after = await one(tx, entity, user, id);
  await tell(tx, user, { entity, id, before, after: after ?? null });
  return after;
}

/** Deletes a record; false when there is none that the user sees. */
export async function remove(tx: Tx, entity: Entity, user: User | null, far: Reach, id: string): Promise<boolean> {
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
}
