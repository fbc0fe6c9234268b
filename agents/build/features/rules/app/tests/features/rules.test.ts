import { describe, expect, it } from 'vitest';
import * as v from 'valibot';
import { check, reach, type Row, type User, writable } from '../../shared/entity';
import { entityOf } from '../../shared/model';
import { type Check, holds, type Rule } from '../../shared/rules';
import { asUser } from '../../server/db';
import { expected } from '../expected';
import { type Client, person } from '../support/client';
import { counting } from '../support/counts';
import { author, columnsOf, create, inputFor, mayCreate, referred, valueFor } from '../support/records';
import { applying, shifted, valueOf } from '../support/rules';
import { changers, named, walk, wayTo } from '../support/steps';

type Values = Record<string, unknown>;

describe.each(expected.map((asked) => ({ name: asked.entity, asked })).filter(({ asked }) => asked.rules.length > 0 || Object.keys(asked.computed).length > 0))('the rules of $name', ({ asked }) => {
  const entity = entityOf(asked.entity);
  const url = `/${asked.path}`;
  const of = <K extends Rule['kind']>(kind: K) => asked.rules
    .filter((rule): rule is Extract<Rule, { kind: K }> => rule.kind === kind)
    .map((rule) => ({ rule, words: rule.message || `${rule.name}: ${kind}` }));

  const insert = (user: User | null, values: Values) => asUser(user, (tx) => tx`insert into ${tx(asked.table)} ${tx(columnsOf(tx, entity, values))}`);

  async function errors(client: Client, values: Values): Promise<Record<string, string>> {
    const answer = await client.call('POST', url, values);
    expect(answer.status, await answer.clone().text()).toBe(422);
    return ((await answer.json()) as { errors: Record<string, string> }).errors;
  }

  it('are those of the app', () => {
    expect(entity.rules ?? []).toEqual(asked.rules);
  });

  /** Values that break a check and nothing else; null where the fields themselves cannot break it. */
  function breaking({ left, operator, right }: Check, given: Values, client: Client): Values | null {
    const other = typeof right === 'string' ? given[right] : right;
    const wrong: Record<Check['operator'], () => unknown> = {
      '<': () => other, '>': () => other, '!=': () => other, '<=': () => shifted(other, 1), '>=': () => shifted(other, -1), '=': () => shifted(other, 1), filled: () => null,
      empty: () => valueFor(entity.fields[left] ?? { type: 'text', title: '', schema: v.unknown() }),
    };
    const value = wrong[operator]();
    const open = new Map(writable(entity, client.user));
    const field = open.get(left);
    const known = typeof right !== 'string' || (given[right] !== null && given[right] !== undefined);
    return field && known && v.is(field.schema, value) && !(value === null && field.required) ? { ...given, [left]: value } : null;
  }

  it.for(of('check'))('$words', async ({ rule }, test) => {
    const client = await author(entity);
    if (!client) return test.skip('nobody may make one');
    const applies = applying(entity, rule.when);
    const state = applies === null && rule.when?.field === asked.workflow?.field ? { [rule.when?.field ?? '']: rule.when?.values[0] } : {};
    const values = breaking(rule, await inputFor(entity, client, undefined, applies ?? {}), client);
    if (!values) return test.skip('the fields themselves refuse it');
    expect(holds(rule, { ...values, ...state })).toBe(false);
    const checked = check(writable(entity, client.user), { ...values, ...state }, { rules: entity.rules });
    expect(checked).toMatchObject({ ok: false });
    expect(Object.keys(await errors(client, { ...values, ...state }))).toContain(rule.field);
    // Where another check is broken by the same values, either may be named.
    const broken = asked.rules.filter((each) => each.kind === 'check' && !holds(each, values)).map((each) => each.name);
    if (applies) return expect(insert(client.user, values)).rejects.toMatchObject({ code: '23514', constraint_name: expect.toSatisfy((name) => broken.includes(name)) });
    await expect(entering(rule, client, values)).resolves.toBe(true);
  });

  /** Whether the database refuses the step with which a check begins to apply, for a record that breaks it. */
  async function entering(rule: Check, maker: Client, values: Values): Promise<boolean> {
    const way = asked.workflow && wayTo(asked.workflow, (state) => rule.when?.values.includes(state) ?? false);
    const last = way?.at(-1);
    if (!way || !last || last.effects.some((effect) => effect.endsWith(` ${rule.left}`))) return true;
    const { id } = await create(entity, maker, undefined, { [rule.left]: values[rule.left] });
    const actor = (await changers(entity, maker)).find((client) => named(last, client, maker));
    if (!actor || !(await walk(entity, way.slice(0, -1), maker, id))) return true;
    const move = asUser(actor.user, (tx) => tx`update ${tx(asked.table)} set ${tx({ [asked.workflow?.field ?? '']: last.to })} where id = ${id}`);
    await expect(move).rejects.toMatchObject({ code: '23514', constraint_name: rule.name });
    return true;
  }

  /** Another account that may refer to what the first one refers to, else the first. */
  async function stranger(client: Client, key: string): Promise<Client> {
    const other = await person(client.user?.role ?? '', 'second');
    const target = entity.fields[key]?.target;
    const open = target !== undefined && ['read', 'list'].some((action) => reach(entityOf(target), action as 'read', other.user) === 'all');
    const below = asked.parent?.key === key && reach(entity, 'create', other.user) === 'own';
    return open && !below && other.user && mayCreate(entity, other.user) ? other : client;
  }

  /** A new record that a reference leads to. */
  const leading = async (client: Client, key: string): Promise<Values> => ({ [key]: await referred(entity.fields[key] ?? { type: 'reference', title: key, schema: v.unknown() }, client) });

  const statuses = async (client: Client, inputs: Values[]) => (await Promise.all(inputs.map((values) => client.call('POST', url, values)))).map(({ status }) => status);

  it.for(of('no_overlap'))('$words', async ({ rule }, test) => {
    const client = await author(entity);
    const applies = applying(entity, rule.when);
    if (!client || !applies) return test.skip('nobody may make one that it is about');
    const place = await leading(client, rule.reference);
    const first = await inputFor(entity, client, undefined, { ...applies, ...place });
    const [start, end] = [first[rule.start], first[rule.end]];
    const at = async (from: unknown, to: unknown, by = client) => inputFor(entity, by, undefined, { ...applies, ...place, [rule.start]: from, [rule.end]: to });
    expect((await client.call('POST', url, first)).status).toBe(201);

    const other = await stranger(client, rule.reference);
    expect(await errors(other, await at(start, end, other))).toEqual({ [rule.field]: rule.message });
    expect(await errors(other, await at(shifted(start, -1), shifted(end, 1), other))).toEqual({ [rule.field]: rule.message });
    await expect(insert(other.user, await at(start, end, other))).rejects.toMatchObject({ code: '23P01', constraint_name: rule.name });
    // Neither does what begins when the other ends overlap, nor what is elsewhere, nor what does not count.
    expect((await other.call('POST', url, await at(end, shifted(end, 1), other))).status).toBe(201);
    expect((await client.call('POST', url, await inputFor(entity, client, undefined, { ...applies, ...(await leading(client, rule.reference)), [rule.start]: start, [rule.end]: end }))).status).toBe(201);
    const off = applying(entity, rule.when, false);
    if (rule.when && off) expect((await client.call('POST', url, await inputFor(entity, client, undefined, { ...(await at(start, end)), ...off }))).status).toBe(201);

    const free = await Promise.all(Array.from({ length: 20 }, () => at(shifted(end, 100), shifted(end, 101))));
    const answers = await statuses(client, free);
    expect(answers.toSorted()).toEqual([201, ...Array.from({ length: 19 }, () => 422)]);
  });

  it.for(of('once_per_user'))('$words', async ({ rule }, test) => {
    const client = await author(entity);
    if (!client) return test.skip('nobody may make one');
    const place = rule.reference ? await leading(client, rule.reference) : {};
    const another = (by: Client) => inputFor(entity, by, undefined, place);
    const many = await Promise.all(Array.from({ length: 20 }, () => another(client)));
    const answers = await statuses(client, many);
    expect(answers.toSorted()).toEqual([201, ...Array.from({ length: 19 }, () => 422)]);
    expect(await errors(client, await another(client))).toEqual({ [rule.field]: rule.message });
    await expect(insert(client.user, await another(client))).rejects.toMatchObject({ code: '23505', constraint_name: rule.name });
    const other = rule.reference ? await stranger(client, rule.reference) : await author(entity);
    if (other && other !== client) expect((await other.call('POST', url, await another(other))).status).toBe(201);
  });

  it.for(Object.entries(asked.computed).map(([key, formula]) => ({ key, formula })))('computes $key', async ({ key, formula }, test) => {
    const client = await author(entity);
    if (!client || reach(entity, 'read', client.user) === 'none') return test.skip('nobody may make and read one');
    const input = await inputFor(entity, client);
    const row = await client.json<Row>('POST', url, { ...input, [key]: 999_999 });
    const values = await asUser(client.user, (tx) => tx`select * from ${tx(asked.table)} where id = ${row.id}`);
    const wanted = valueOf(formula, values[0] ?? {});
    if (typeof wanted === 'number') expect(Math.abs(Number(row[key]) - wanted)).toBeLessThanOrEqual(entity.fields[key]?.type === 'money' ? 0.005 : 0.5);
    else if (wanted !== null) expect(String(row[key]).replaceAll(/\.00\b/g, '')).toBe(wanted.trim().slice(0, entity.fields[key]?.max ?? 200));
    expect(writable(entity, client.user).map(([each]) => each)).not.toContain(key);
    await expect(insert(client.user, { ...input, [key]: typeof wanted === 'number' ? 1 : 'x' })).rejects.toMatchObject({ code: '428C9' });
  });

  it.for([...of('stock'), ...of('capacity'), ...of('total')])('$words', async ({ rule }, test) => {
    const left = await counting(entity, rule);
    expect(left === null || left.length > 0).toBe(true);
    if (left) test.skip(left);
  });
});
