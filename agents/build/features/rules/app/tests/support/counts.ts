import { expect } from 'vitest';
import { type Entity, reach, type Row, writable } from '../../shared/entity';
import { entityOf } from '../../shared/model';
import type { Capacity, Stock, Total } from '../../shared/rules';
import { asUser } from '../../server/db';
import { expected } from '../expected';
import { type Client, person, signedUp } from './client';
import { author, columnsOf, create, inputFor, mayCreate, referred } from './records';
import { applying, valueOf } from './rules';
import { walk, wayTo } from './steps';

/** Tests of rules by which records count at one that they refer to. */

type Counting = Stock | Capacity | Total;
type Values = Record<string, unknown>;

let people: Promise<Client[]> | null = null;

/** Twenty accounts of the role, made once. */
const crowd = (role: string) => (people ??= Promise.all(Array.from({ length: 20 }, () => signedUp(role))));

/** Somebody who may make such records, what they will refer to, and whoever made that. */
class Scene {
  constructor(readonly entity: Entity, readonly rule: Counting, readonly client: Client, readonly target: Row, readonly maker: Client) {}

  /** Null where nobody may make what the rule is about, or where `counted` cannot be given. */
  static async of(entity: Entity, rule: Counting, counted: number | null): Promise<Scene | null> {
    const client = await author(entity);
    const target = entityOf(rule.target);
    const maker = client?.user && mayCreate(target, client.user) ? client : await author(target);
    const given = counted === null ? {} : { [rule.counted]: counted };
    if (!client || !maker || applying(entity, rule.when) === null || (counted !== null && !writable(target, maker.user).some(([key]) => key === rule.counted))) return null;
    return new Scene(entity, rule, client, await create(target, maker, undefined, given), maker);
  }

  /** Input of a record that counts; null where one cannot be made so. */
  async input(by = this.client, changes: Values = {}): Promise<Values> {
    const given: Values = { ...applying(this.entity, this.rule.when), ...changes, [this.rule.reference]: this.target.id };
    const { when } = this.rule;
    const above = when?.via === undefined ? undefined : this.entity.fields[when.via];
    const state = above && entityOf(above.target).workflow?.field === when?.field ? {} : { [when?.field ?? '']: when?.values[0] };
    if (above && when?.via) given[when.via] = await referred(above, by, state);
    return inputFor(this.entity, by, undefined, given);
  }

  /** Twenty people: different ones where each has one only. */
  async makers(): Promise<Client[]> {
    const once = (this.entity.rules ?? []).some((rule) => rule.kind === 'once_per_user');
    const role = this.client.user?.role ?? '';
    const open = reach(entityOf(this.rule.target), 'read', { id: '', email: '', name: '', role }) === 'all';
    return once ? (open ? crowd(role) : [this.client]) : Array.from({ length: 20 }, () => this.client);
  }

  async post(inputs: [Client, Values][]): Promise<{ client: Client; status: number; row: Row & { errors?: object } }[]> {
    return Promise.all(inputs.map(async ([client, values]) => {
      const answer = await client.call('POST', `/${this.entity.path}`, values);
      return { client, status: answer.status, row: (await answer.json()) as Row };
    }));
  }

  async inDatabase(values: Values): Promise<void> {
    await asUser(this.client.user, (tx) => tx`insert into ${tx(this.entity.table)} ${tx(columnsOf(tx, this.entity, values))}`);
  }

  /** Deletes a record; false where they stay. */
  async remove(client: Client, row: Row): Promise<boolean> {
    if (reach(this.entity, 'delete', client.user) === 'none') return false;
    expect((await client.call('DELETE', `/${this.entity.path}/${row.id}`)).status).toBe(204);
    return true;
  }

  /** What the database has at the record that is referred to. */
  async counted(): Promise<number> {
    const [row] = await asUser(this.maker.user, (tx) => tx`select * from ${tx(entityOf(this.rule.target).table)} where id = ${this.target.id}`);
    return Number(row?.[this.rule.counted]);
  }
}

/** Somebody who has made none yet; null where only the maker sees what they refer to. */
async function another({ client, rule }: Scene): Promise<Client | null> {
  const late = await person(client.user?.role ?? '', 'second');
  return reach(entityOf(rule.target), 'read', late.user) === 'all' ? late : null;
}

async function stock(entity: Entity, rule: Stock): Promise<string | null> {
  const quantity = Math.max(entity.fields[rule.quantity]?.min ?? 1, 1);
  const begun = 5 * quantity;
  const scene = await Scene.of(entity, rule, begun);
  if (!scene) return 'nobody may make one that it is about';
  const each = { [rule.quantity]: quantity };
  const inputs = await Promise.all(Array.from({ length: 20 }, async (): Promise<[Client, Values]> => [scene.client, await scene.input(scene.client, each)]));
  const probe = inputs[0]?.[1] ?? {};
  const via = rule.when?.via === undefined ? undefined : entityOf(entity.fields[rule.when.via]?.target);
  if (via?.workflow && via.workflow.field === rule.when?.field && !rule.when.values.includes(via.workflow.initial)) return 'only later states count';
  if (rule.sign < 0) {
    const [refused] = await scene.post([[scene.client, { ...probe, [rule.quantity]: begun + 1 }]]);
    expect(refused?.row.errors).toEqual({ [rule.field]: rule.message });
    await expect(scene.inDatabase({ ...probe, [rule.quantity]: begun + 1 })).rejects.toMatchObject({ code: '23514', constraint_name: rule.name });
  }
  const answers = await scene.post(inputs);
  const made = answers.filter(({ status }) => status === 201);
  expect(made).toHaveLength(rule.sign < 0 ? 5 : 20);
  expect(answers.every(({ status }) => status === 201 || status === 422)).toBe(true);
  expect(await scene.counted()).toBe(rule.sign < 0 ? 0 : begun + 20 * quantity);
  const [first] = made;
  if (!first) return null;
  if (rule.sign < 0 && reach(entity, 'update', first.client.user) !== 'none' && writable(entity, first.client.user).some(([key]) => key === rule.quantity)) {
    expect((await first.client.call('PATCH', `/${entity.path}/${first.row.id}`, { [rule.quantity]: quantity + 1 })).status).toBe(422);
  }
  const before = await scene.counted();
  if (await scene.remove(first.client, first.row)) expect(await scene.counted()).toBe(before - rule.sign * quantity);
  if (via) await givenBack(scene, rule, via);
  return null;
}

/** A state above that does not count any more gives everything back. */
async function givenBack(scene: Scene, rule: Stock, via: Entity): Promise<void> {
  const flow = expected.find((asked) => asked.entity === via.key)?.workflow;
  const way = flow && flow.field === rule.when?.field ? wayTo(flow, (state) => !(rule.when?.values.includes(state) ?? false)) : null;
  const fresh = await Scene.of(scene.entity, rule, 100);
  if (!way || !fresh) return;
  const values = await fresh.input(fresh.client, { [rule.quantity]: Math.max(scene.entity.fields[rule.quantity]?.min ?? 1, 1) });
  const [made] = await fresh.post([[fresh.client, values]]);
  expect(made?.status).toBe(201);
  expect(await fresh.counted()).not.toBe(100);
  if (await walk(via, way, fresh.client, String(values[rule.when?.via ?? '']))) expect(await fresh.counted()).toBe(100);
}

async function capacity(entity: Entity, rule: Capacity): Promise<string | null> {
  const target = entityOf(rule.target);
  const places = Math.max(target.fields[rule.counted]?.min ?? 1, 3);
  const scene = await Scene.of(entity, rule, places);
  if (!scene) return 'nobody may make one that it is about';
  const makers = await scene.makers();
  const answers = await scene.post(await Promise.all(makers.map(async (client): Promise<[Client, Values]> => [client, await scene.input(client)])));
  const made = answers.filter(({ status }) => status === 201);
  expect(made).toHaveLength(Math.min(places, makers.length));
  if (made.length < places) return 'too few people may make one';
  for (const { row } of answers.filter(({ status }) => status !== 201)) expect(row.errors).toEqual({ [rule.field]: rule.message });
  const open = (await another(scene)) ?? scene.client;
  const values = await scene.input(open);
  await expect(asUser(open.user, (tx) => tx`insert into ${tx(entity.table)} ${tx(columnsOf(tx, entity, values))}`)).rejects.toMatchObject({ code: '23514', constraint_name: rule.name });
  const off = applying(entity, rule.when, false);
  if (off && rule.when) expect((await scene.post([[open, await scene.input(open, off)]]))[0]?.status).toBe(201);

  if (reach(target, 'update', scene.maker.user) !== 'none') {
    const lower = await scene.maker.call('PATCH', `/${target.path}/${scene.target.id}`, { [rule.counted]: places - 1 });
    expect(lower.status).toBe(422);
    expect(Object.keys(((await lower.json()) as { errors: object }).errors)).toEqual([rule.counted]);
  }
  const [first] = made;
  if (first && (await scene.remove(first.client, first.row))) expect((await scene.post([[first.client, await scene.input(first.client)]]))[0]?.status).toBe(201);
  return null;
}

async function total(entity: Entity, rule: Total): Promise<string | null> {
  const scene = await Scene.of(entity, rule, null);
  if (!scene) return 'nobody may make one that it is about';
  const makers = await scene.makers();
  const answers = await scene.post(await Promise.all(makers.map(async (client): Promise<[Client, Values]> => [client, await scene.input(client)])));
  expect(answers.map(({ status }) => status)).toEqual(makers.map(() => 201));
  const parts = await Promise.all(answers.map(async ({ client, row }) => {
    const [stored] = await asUser(client.user, (tx) => tx`select * from ${tx(entity.table)} where id = ${row.id}`);
    return stored ? Number(valueOf(rule.sum, stored)) : Number.NaN;
  }));
  if (parts.some(Number.isNaN)) return 'nobody may read what they made';
  const sum = (all: number[]) => all.reduce((left, right) => left + right, 0);
  expect(await scene.counted()).toBeCloseTo(sum(parts), 2);

  const off = applying(entity, rule.when, false);
  const late = await another(scene);
  if (rule.when && off && late) expect((await scene.post([[late, await scene.input(late, off)]]))[0]?.status).toBe(201);
  expect(await scene.counted()).toBeCloseTo(sum(parts), 2);

  const target = entityOf(rule.target);
  await scene.maker.call('PATCH', `/${target.path}/${scene.target.id}`, { [rule.counted]: 1_234_567 });
  await asUser(scene.maker.user, (tx) => tx`update ${tx(target.table)} set ${tx({ [rule.counted]: 1_234_567 })} where id = ${scene.target.id}`);
  expect(await scene.counted()).toBeCloseTo(sum(parts), 2);
  const [first] = answers;
  if (first && (await scene.remove(first.client, first.row))) expect(await scene.counted()).toBeCloseTo(sum(parts.slice(1)), 2);
  return null;
}

/** Tries a rule; why it could not be tried, else null. */
export function counting(entity: Entity, rule: Counting): Promise<string | null> {
  if (rule.kind === 'stock') return stock(entity, rule);
  return rule.kind === 'capacity' ? capacity(entity, rule) : total(entity, rule);
}
