import { describe, expect, it } from 'vitest';
import { roles } from '../../shared/app';
import { nextStates, reach, readable, type Row, type User } from '../../shared/entity';
import { entityOf } from '../../shared/model';
import { asUser, withSettings } from '../../server/db';
import type { News, ServerFeature } from '../../server/feature';
import { features } from '../../server/features';
import { expected } from '../expected';
import { type Client, guest, person } from '../support/client';
import { author, columnsOf, create, inputFor } from '../support/records';
import { changers, named, take, walk, wayTo } from '../support/steps';

interface Step {
  from: string | null;
  to: string;
  person: string;
}

const flows = expected.flatMap((asked) => (asked.workflow ? [{ name: asked.entity, asked, flow: asked.workflow }] : []));

describe.each(flows)('the workflow of $name', ({ asked, flow }) => {
  const entity = entityOf(asked.entity);
  const refused = { code: '23514', constraint_name: `${asked.table}_workflow` };
  /** The server says more than the database would. */
  const said = async (answer: Response, to: string) => ((await answer.json()) as { errors: Record<string, string> }).errors[flow.field]?.includes(` ${to} `);
  const states = asked.fields[flow.field]?.options ?? [];
  const steps = flow.steps.flatMap((step) => step.from.map((from) => ({ ...step, from: [from], title: step.name, name: `${from} → ${step.to}` })));

  /** A new record that has come to a state, and its maker. */
  async function made(state: string): Promise<{ maker: Client; id: string } | null> {
    const maker = await author(entity);
    const way = wayTo(flow, (each) => each === state);
    if (!maker || !way) return null;
    const { id } = await create(entity, maker);
    return (await walk(entity, way, maker, id)) ? { maker, id } : null;
  }

  const inDatabase = (user: User | null, id: string, to: string) =>
    asUser(user, (tx) => tx`update ${tx(asked.table)} set ${tx({ [flow.field]: to })} where id = ${id} returning id`);

  it('begins in its first state', async (test) => {
    const maker = await author(entity);
    const later = states.filter((state) => state !== flow.initial);
    if (!maker || later.length === 0) return test.skip('nobody may make one');
    const input = await inputFor(entity, maker);
    for (const state of later) {
      const answer = await maker.call('POST', `/${asked.path}`, { ...input, [flow.field]: state });
      if (flow.field in input) expect(answer.status, state).toBe(422);
      if (flow.field in input) expect(await said(answer, state), state).toBe(true);
      const inserted = asUser(maker.user, (tx) => tx`insert into ${tx(asked.table)} ${tx(columnsOf(tx, entity, { ...input, [flow.field]: state }))}`);
      await expect(inserted, state).rejects.toMatchObject({ code: '23514' });
    }
  });

  it('offers to each the steps that they may take', () => {
    for (const state of states) {
      for (const role of [null, ...roles.map(({ key }) => key)]) {
        for (const mine of role === null ? [false] : [true, false]) {
          const can = flow.steps.filter((step) => step.from.includes(state) && (step.roles.length === 0 || step.roles.includes('guest')
            || (role !== null && (step.roles.includes('member') || step.roles.includes(role))) || (mine && step.roles.includes('owner'))));
          const user = role === null ? null : { id: '', email: '', name: '', role };
          expect(nextStates(entity, state, user, mine).toSorted(), `${role ?? 'guest'} at ${state}`).toEqual([...new Set(can.map((step) => step.to))].toSorted());
        }
      }
    }
  });

  it.for(steps)('permits $name to those named, and keeps it', async (step, test) => {
    const found = await made(step.from[0] ?? '');
    if (!found) return test.skip('nobody may come there');
    const { maker, id } = found;
    const people = await changers(entity, maker);
    // Another step may lead there as well.
    const alike = steps.filter((each) => each.from[0] === step.from[0] && each.to === step.to);
    for (const other of people.filter((client) => !alike.some((each) => named(each, client, maker)))) {
      const answer = await take(entity, other, id, step.to);
      expect(answer.status, `${other.user?.role} takes it`).toBe(422);
      expect(Object.keys(((await answer.json()) as { errors: object }).errors)).toContain(flow.field);
      await expect(inDatabase(other.user, id, step.to)).rejects.toMatchObject(refused);
    }
    const actor = people.find((client) => named(step, client, maker));
    if (!actor) return test.skip('nobody who may take it may change the record');
    const before = Date.now();
    const answer = await take(entity, actor, id, step.to);
    expect(answer.status, await answer.clone().text()).toBe(200);
    const row = (await answer.json()) as Row;
    const seen = new Set(readable(entity, actor.user).map(([key]) => key));
    const effects = entity.workflow?.transitions.find((each) => each.from.includes(step.from[0] ?? '') && each.to === step.to && each.name === step.title)?.effects ?? [];
    expect(effects.map(({ kind, target }) => `${kind} ${target}`)).toEqual(step.effects);
    for (const { kind, target } of effects.filter((effect) => effect.kind !== 'notify' && seen.has(effect.target))) {
      if (kind === 'me') expect(row[target]).toBe(actor.user?.name);
      else if (entity.fields[target]?.type === 'datetime') expect(Math.abs(Date.parse(String(row[target])) - before)).toBeLessThan(60_000);
      else expect(row[target]).toBeTruthy();
    }
    const history = await actor.json<Step[]>('GET', `/${asked.path}/${id}/steps`);
    expect(history[0]).toMatchObject({ from: null, to: flow.initial });
    expect(history.at(-1)).toMatchObject({ from: step.from[0], to: step.to, person: actor.user?.name });
  });

  it.for(steps.filter((step) => step.effects.some((effect) => effect.startsWith('notify'))))('tells of $name whom it concerns', async (step, test) => {
    const heard: News[] = [];
    const listener: ServerFeature = { heard: async (_, news) => void heard.push(news) };
    const found = await made(step.from[0] ?? '');
    const actor = found && (await changers(entity, found.maker)).find((client) => named(step, client, found.maker));
    if (!found || !actor) return test.skip('nobody may take it');
    const wanted = step.effects.filter((effect) => effect.startsWith('notify')).map((effect) => effect.split(' ')[1] ?? '');
    const told = await Promise.all(wanted.map((who) => (who === 'owner' ? found.maker : person(who, 'second'))));
    (features as ServerFeature[]).push(listener);
    try {
      expect((await take(entity, actor, found.id, step.to)).status).toBe(200);
    } finally {
      (features as ServerFeature[]).splice(features.indexOf(listener), 1);
    }
    const people = new Set(heard.map(({ to }) => to));
    expect(people.size).toBe(heard.length);
    expect(people).not.toContain(actor.user?.id);
    // Nobody of another organisation hears of it.
    const concerned = ({ user }: Client) => !entity.org || user?.org === actor.user?.org;
    for (const each of told) if (each !== actor) expect(people.has(each.user?.id ?? '')).toBe(concerned(each));
  });

  it('permits no other step', async (test) => {
    let tried = 0;
    for (const from of states) {
      const found = await made(from);
      if (!found) continue;
      const closed = states.filter((to) => to !== from && !flow.steps.some((step) => step.from.includes(from) && step.to === to));
      for (const client of await changers(entity, found.maker)) {
        for (const to of closed) {
          tried += 1;
          const answer = await take(entity, client, found.id, to);
          expect(answer.status, `${from} → ${to}`).toBe(422);
          expect(await said(answer, to), `${from} → ${to}`).toBe(true);
          await expect(inDatabase(client.user, found.id, to), `${from} → ${to}`).rejects.toMatchObject({ code: '23514' });
        }
      }
    }
    if (tried === 0) return test.skip('every step is open, or nobody may change one');
  });

  it('has a history that nobody writes, seen by who sees the record', async (test) => {
    const found = await made(flow.initial);
    const table = entity.workflow?.history ?? '';
    if (!found) return test.skip('nobody may make one');
    const { maker, id } = found;
    const entry = { record_id: id, from_state: flow.initial, to_state: flow.initial };
    for (const user of [maker.user, { id: maker.user?.id ?? '', role: 'system' }]) {
      await expect(asUser(user, (tx) => tx`insert into ${tx(table)} ${tx(entry)}`)).rejects.toMatchObject({ code: '42501' });
      expect(await asUser(user, (tx) => tx`update ${tx(table)} set to_state = 'x' where record_id = ${id} returning id`)).toHaveLength(0);
      expect(await asUser(user, (tx) => tx`delete from ${tx(table)} where record_id = ${id} returning id`)).toHaveLength(0);
    }
    const forged = withSettings({ user_id: maker.user?.id ?? '', rule: 'on' }, (tx) => tx`insert into ${tx(table)} ${tx(entry)}`);
    await expect(forged).rejects.toMatchObject({ code: '42501' });

    const path = `/${asked.path}/${id}/steps`;
    const others: Client[] = [guest(), await person(maker.user?.role ?? '', 'second'), ...(await Promise.all(roles.map(({ key }) => person(key))))];
    for (const client of [maker, ...others]) {
      const record = await client.call('GET', `/${asked.path}/${id}`);
      expect((await client.call('GET', path)).status, client.user?.role ?? 'guest').toBe(record.status);
      const visible = await asUser(client.user, (tx) => tx`select id from ${tx(asked.table)} where id = ${id}`);
      expect(await asUser(client.user, (tx) => tx`select id from ${tx(table)} where record_id = ${id}`)).toHaveLength(visible.length);
    }
    if (reach(entity, 'read', maker.user) !== 'none') expect(await maker.json('GET', path)).toMatchObject([{ from: null, to: flow.initial }]);
  });
});
