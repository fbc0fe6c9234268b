import { randomUUID } from 'node:crypto';
import { defaultRole, roles } from '../../shared/app';
import { type Entity, reach, type Row, type User, writable } from '../../shared/entity';
import type { Field } from '../../shared/fields';
import { entityOf } from '../../shared/model';
import { asUser, type Tx, withSettings } from '../../server/db';
import { type Client, person, signedUp } from './client';
import { makeRoom, obey, oncePerPerson } from './rules';

let counter = 0;

/** As many different texts as one likes: no two records clash where values must be unique. */
function word(field: Field, marker: string): string {
  counter += 1;
  const { min = 0, max = 200 } = field;
  const text = `${marker} ${counter.toString(36)}${randomUUID().slice(0, 8)}`.slice(-max);
  return text.trim().padEnd(min, 'x');
}

const alphabets = ['0123456789', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz'];

/** Another text of the same form as the example, while there is one: digits and letters change. */
function like(example: string, pattern: string): string {
  const whole = new RegExp(`^(?:${pattern})$`);
  for (let turn = 0; turn < 50; turn += 1) {
    const other = [...example].map((char) => {
      const same = alphabets.find((each) => each.includes(char));
      return same ? (same[Math.floor(Math.random() * same.length)] ?? char) : char;
    }).join('');
    if (whole.test(other)) return other;
  }
  return example;
}

function amount({ min, max }: Field): number {
  counter += 1;
  const low = min ?? (max === undefined ? 1 : Math.min(1, max));
  const high = max ?? low + 1_000_000;
  return low + (counter % Math.max(1, Math.floor(high - low) + 1));
}

const day = (offset: number) => new Date(Date.UTC(2026, 0, 1 + offset)).toISOString().slice(0, 10);

/** A valid value for a field that refers to nothing. */
export function valueFor(field: Field, marker = 'Example'): unknown {
  counter += 1;
  switch (field.type) {
    case 'integer':
    case 'decimal':
    case 'money':
    case 'rating':
    case 'duration': return amount(field);
    case 'boolean': return true;
    case 'date': return day(counter % 3_000);
    case 'datetime': return `${day(counter % 3_000)}T10:30:00.000Z`;
    case 'time': return '14:30';
    case 'choice': return field.options?.[0];
    case 'tags': return [word({ ...field, max: 40 }, marker)];
    case 'email': return `${randomUUID()}@example.com`;
    case 'phone': return `+49 30 ${String(counter).padStart(7, '0')}`;
    case 'url':
    case 'image':
    case 'file': return `https://example.com/${randomUUID()}`;
    case 'json': return { note: 'example', list: [1, 2] };
    case 'color': return `#${(counter % 0xffffff).toString(16).padStart(6, '0')}`;
    case 'geo': return '52.52, 13.405';
    default: return field.pattern && field.example ? like(field.example, field.pattern) : word(field, marker);
  }
}

/** Whether an account with this role may make such a record, and what it must refer to. */
export function mayCreate(entity: Entity, user: User, above: readonly string[] = []): boolean {
  if (above.includes(entity.key) || reach(entity, 'create', user) === 'none') return false;
  return Object.entries(entity.fields).every(([key, field]) => {
    const owns = entity.ownership === 'parent' && key === entity.parent && reach(entity, 'create', user) === 'own';
    if (!field.required || !field.target) return true;
    const target = entityOf(field.target);
    const reads = reach(target, 'read', user);
    // Inside of what one cannot see nothing can be made, even if it is one's own.
    if (owns && reads === 'none') return false;
    if (target.org ? owns : owns || reads === 'own') return mayCreate(target, user, [...above, entity.key]);
    // What is inside of an organisation comes from anybody in it.
    return (['read', 'list'] as const).some((action) => reach(target, action, user) === (target.org ? 'own' : 'all'));
  });
}

/** An account that may make such a record; null when nobody may. */
export async function author(entity: Entity, which: 'first' | 'second' = 'first'): Promise<Client | null> {
  for (const role of [defaultRole, ...roles.map((each) => each.key)]) {
    const client = await person(role, which);
    if (client.user && mayCreate(entity, client.user)) return oncePerPerson(entity) ? without(entity, client) : client;
  }
  return null;
}

/** The account if it has no such record, else a new one: each has one only. */
async function without(entity: Entity, client: Client): Promise<Client> {
  const there = await asUser(client.user, (tx) => tx`select id from ${tx(entity.table)} where owner_id = app_user_id()`);
  return there.length === 0 ? client : signedUp(client.user?.role ?? '', client.user?.org);
}

/** Valid input for a new record with the values given; what it must refer to is made first, unless null is given for it. */
export async function inputFor(entity: Entity, client: Client, marker?: string, given: Record<string, unknown> = {}): Promise<Record<string, unknown>> {
  const values: Record<string, unknown> = {};
  for (const [key, field] of writable(entity, client.user)) {
    if (entity.workflow?.field === key) values[key] = entity.workflow.initial;
    else if (!field.target) values[key] = valueFor(field, marker);
    else if (field.required && given[key] !== null) values[key] = field.join ? [await referred(field, client)] : await referred(field, client);
  }
  makeRoom(entity, values);
  Object.assign(values, given);
  for (const rule of entity.rules ?? []) {
    const field = entity.fields[rule.field];
    if (rule.kind !== 'check') continue;
    const other = field?.target && rule.operator === 'filled' ? await referred(field, client) : null;
    obey(rule, values, () => other ?? (field ? valueFor(field, marker) : null));
  }
  return values;
}

/** The id of a record that a field may lead to; `given` are values that it must have. */
export async function referred(field: Field, client: Client, given: Record<string, unknown> = {}): Promise<string> {
  const target = entityOf(field.target);
  if (oncePerPerson(target)) {
    const [there] = await asUser(client.user, (tx) => tx`select id from ${tx(target.table)} where owner_id = app_user_id()`);
    if (there) return String(there.id);
  }
  const maker = client.user && mayCreate(target, client.user) ? client : await author(target, target.org ? client.which : 'first');
  return maker ? (await create(target, maker, undefined, given)).id : insert(target, client, given);
}

/** Who made a record, and with which values. */
interface Made {
  owner: User | null;
  values: Record<string, unknown>;
}

const made = new Map<string, Made>();

/** What is known of a record that a test made. */
export function madeOf(id: string): Made {
  const known = made.get(id);
  if (!known) throw new Error(`no test made ${id}`);
  return known;
}

/** Where records must be approved, the tests are about those that are. */
async function approve(entity: Entity, id: string): Promise<void> {
  const [role] = entity.approvers ?? [];
  if (role) await (await person(role)).call('POST', `/${entity.path}/${id}/approval`, { approved: true });
}

export async function create(entity: Entity, client: Client, marker?: string, given: Record<string, unknown> = {}): Promise<Row> {
  const values = await inputFor(entity, client, marker, given);
  const response = await client.call('POST', `/${entity.path}`, values);
  if (response.status !== 201) throw new Error(`a new ${entity.key} was answered ${response.status}: ${await response.text()}`);
  const row = (await response.json()) as Row;
  made.set(row.id, { owner: client.user, values });
  await approve(entity, row.id);
  return row;
}

/** A record of somebody who may make one, else one that the app itself makes. */
export async function anyRecord(entity: Entity): Promise<string> {
  const maker = await author(entity);
  return maker ? (await create(entity, maker)).id : insert(entity, await person(defaultRole));
}

/** For records that nobody may make through the API. */
async function insert(entity: Entity, client: Client, given: Record<string, unknown> = {}): Promise<string> {
  const values = await inputFor(entity, client, undefined, given);
  const id = randomUUID();
  await withSettings({ role: 'system', user_id: client.user?.id ?? '', org_id: client.user?.org ?? '' }, (tx) => tx`insert into ${tx(entity.table)} ${tx({ ...columnsOf(tx, entity, values), id })}`);
  made.set(id, { owner: client.user, values });
  return id;
}

/** What of a record's values stands in its own table, as the driver takes it. */
export function columnsOf(tx: Tx, entity: Entity, values: Record<string, unknown>): Record<string, string> {
  const own = Object.entries(values).filter(([key]) => !entity.fields[key]?.join);
  return Object.fromEntries(own.map(([key, value]) => [key, entity.fields[key]?.type === 'json' && value !== null ? tx.json(value as never) : value])) as Record<string, string>;
}
