import { check, type Entity, nextSteps, reach, type User, withInitial } from '../shared/entity';
import { entityOf } from '../shared/model';
import { defaultRole, roles } from '../shared/app';
import { order, type Row, rows } from '../shared/seeds';
import { asUser, type Tx, withSettings } from './db';
import { features } from './features';
import { newId } from './ids';
import { hashPassword } from './passwords';
import { userById } from './sessions';

interface Account {
  email: string;
  name: string;
  password: string;
}

/** Records by entity and label, for the rows that refer to them. */
type Known = Map<string, Map<string, string>>;

async function account({ email, name, password }: Account): Promise<User | null> {
  const found = await withSettings({ email }, (tx) => tx`select id from app_users where email = ${email}`);
  if (found.length > 0) return null;
  const user = { id: newId(), email, name, role: defaultRole };
  const password_hash = await hashPassword(password);
  return asUser({ id: user.id, role: 'system' }, async (tx) => {
    await tx`insert into app_users ${tx({ ...user, password_hash })}`;
    for (const { joined } of features) await joined?.(tx, user, { organisation: name }, null);
    return userById(tx, user.id);
  });
}

/** A role that may create the records: the account's own, else any, else `system` for jobs. */
function author(entity: Entity, user: User): string {
  const able = [user.role, ...roles.map((role) => role.key)].find((role) => reach(entity, 'create', { ...user, role }) !== 'none');
  return able ?? 'system';
}

/** The ids of the labels in a row; the first record there is for a required one that is not named. */
function resolve(entity: Entity, row: Row, known: Known): Row | null {
  const values: Row = { ...row };
  for (const [key, field] of Object.entries(entity.fields)) {
    if (!field.target) continue;
    const labels = known.get(field.target) ?? new Map<string, string>();
    const id = (label: unknown) => labels.get(String(label));
    if (field.join) values[key] = [row[key] ?? []].flat().map(id).filter(Boolean);
    else values[key] = id(row[key]) ?? (field.required ? labels.values().next().value : null) ?? null;
    if (field.required && values[key] === null) return null;
  }
  return values;
}

/** The states that lead from the first to another; empty where it is the first, or none leads there. */
function way(entity: Entity, wanted: unknown): string[] {
  const ways: string[][] = [[entity.workflow?.initial ?? '']];
  const seen = new Set(ways.flat());
  for (const states of ways) {
    if (states.at(-1) === wanted) return states.slice(1);
    for (const { from, to } of entity.workflow?.transitions ?? []) {
      if (!from.includes(states.at(-1) ?? '') || seen.has(to)) continue;
      seen.add(to);
      ways.push([...states, to]);
    }
  }
  return [];
}

/** Takes a new record to the state that its row wants, each step in a role that may take it. */
async function advance(tx: Tx, entity: Entity, user: User, id: string, wanted: unknown): Promise<void> {
  const field = entity.workflow?.field ?? '';
  let state = entity.workflow?.initial;
  for (const to of way(entity, wanted)) {
    const able = [user.role, ...roles.map((role) => role.key)].map((role) => ({ ...user, role }))
      .find((each) => reach(entity, 'update', each) !== 'none' && nextSteps(entity, state, each, true).some((step) => step.to === to));
    if (!able) return;
    await tx`select set_config('app.role', ${able.role}, true)`;
    await tx`update ${tx(entity.table)} set ${tx({ [field]: to })} where id = ${id}`;
    await tx`select set_config('app.role', ${user.role}, true)`;
    state = to;
  }
}

async function insert(tx: Tx, entity: Entity, user: User, row: Row): Promise<string> {
  const fields = Object.entries(entity.fields).filter(([, field]) => !field.readOnly);
  const flow = entity.workflow;
  const checked = check(fields, withInitial(fields, flow ? { ...row, [flow.field]: flow.initial } : row));
  if (!checked.ok) throw new Error(`shared/seeds.ts: a ${entity.key} is wrong: ${Object.values(checked.errors).join('; ')}`);
  const id = newId();
  const own = Object.entries(checked.values).filter(([key]) => !entity.fields[key]?.join);
  const values = own.map(([key, value]) => [key, entity.fields[key]?.type === 'json' && value !== null ? tx.json(value as never) : value]);
  await tx`insert into ${tx(entity.table)} ${tx({ id, ...(Object.fromEntries(values) as Row) })}`;
  for (const [key, { join }] of Object.entries(entity.fields)) {
    const ids = checked.values[key] as string[];
    if (join && ids.length > 0) await tx`insert into ${tx(join.table)} (${tx(join.from)}, ${tx(join.to)}) select ${id}, * from unnest(${ids}::uuid[])`;
  }
  if (flow) await advance(tx, entity, user, id, row[flow.field]);
  return id;
}

/** Beside records of others, a rule may not permit a row: nothing is left in that room. */
function leaveOut(entity: Entity, error: unknown): null {
  const { constraint_name: name } = error as { constraint_name?: string };
  if (!entity.rules?.some((rule) => rule.name === name)) throw error;
  return null;
}

async function fill(entity: Entity, user: User, known: Known, made: ReadonlySet<string>): Promise<number> {
  const parent = entity.ownership === 'parent' && entity.parent ? entity.fields[entity.parent]?.target : undefined;
  // Below the records of somebody else there is nothing to add.
  if (parent && !made.has(parent)) return 0;
  const labels = new Map<string, string>();
  known.set(entity.key, labels);
  const maker = { ...user, role: author(entity, user) };
  return asUser(maker, async (tx) => {
    if (entity.ownership !== 'user' && entity.ownership !== 'parent') {
      // Shared records may be there from somebody else.
      const there = await tx`select id, ${tx(entityOf(entity.key).label)}::text as label from ${tx(entity.table)}`;
      for (const row of there) labels.set(String(row.label), String(row.id));
      if (there.length > 0) return 0;
    }
    let added = 0;
    for (const row of rows[entity.key] ?? []) {
      const values = resolve(entity, row, known);
      if (!values) continue;
      const id = await tx.savepoint((own) => insert(own, entity, maker, values)).catch((error: unknown) => leaveOut(entity, error));
      if (id === null) continue;
      labels.set(String(row[entity.label]), id);
      added += 1;
    }
    return added;
  });
}

/** Makes the account and its records, unless the account is there already. */
export async function seed(input: Account): Promise<{ created: boolean; added: Record<string, number> }> {
  const user = await account(input);
  if (!user) return { created: false, added: {} };
  const known: Known = new Map();
  const added: Record<string, number> = {};
  const made = new Set<string>();
  for (const entity of order.map(entityOf)) {
    const count = await fill(entity, user, known, made);
    if (count > 0) made.add(entity.key);
    added[entity.titlePlural] = count;
  }
  return { created: true, added };
}
