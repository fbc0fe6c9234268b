import { roles } from '../../shared/app';
import { type Entity, reach, writable } from '../../shared/entity';
import type { Check } from '../../shared/rules';
import type { Expected, ExpectedStep } from '../expected';
import { type Client, person } from './client';
import { referred, valueFor } from './records';

/** Whether somebody is among the roles of a step; nobody named is everybody. */
export function named(step: ExpectedStep, client: Client, maker: Client): boolean {
  const words = new Set(step.roles);
  return words.size === 0 || words.has('guest') || words.has('member') || words.has(client.user?.role ?? '') || (words.has('owner') && client === maker);
}

/** Accounts that may see and change a record of `maker`, and the field of its workflow. */
export async function changers(entity: Entity, maker: Client): Promise<Client[]> {
  const field = entity.workflow?.field ?? '';
  const people = [maker, ...(await Promise.all(roles.map(({ key }) => person(key))))];
  const may = (client: Client, action: 'read' | 'update') => {
    const far = reach(entity, action, client.user);
    return far === 'all' || (far === 'own' && client === maker);
  };
  return [...new Set(people)].filter((client) => may(client, 'read') && may(client, 'update') && writable(entity, client.user).some(([key]) => key === field));
}

/** What must be filled in so that a record may have a state. */
async function needed(entity: Entity, state: string, client: Client): Promise<Record<string, unknown>> {
  const values: Record<string, unknown> = {};
  const rules = (entity.rules ?? []).filter((rule): rule is Check => rule.kind === 'check' && rule.when?.field === entity.workflow?.field && (rule.when?.values.includes(state) ?? false));
  for (const { left, operator } of rules) {
    const field = entity.fields[left];
    if (operator === 'empty') values[left] = null;
    if (operator === 'filled' && field) values[left] = field.target ? await referred(field, client) : valueFor(field);
  }
  return values;
}

/** Takes a step through the API. */
export async function take(entity: Entity, client: Client, id: string, to: string): Promise<Response> {
  return client.call('PATCH', `/${entity.path}/${id}`, { ...(await needed(entity, to, client)), [entity.workflow?.field ?? '']: to });
}

/** The steps that lead from the first state to another; null where none do. */
export function wayTo(flow: NonNullable<Expected['workflow']>, wanted: (state: string) => boolean): ExpectedStep[] | null {
  const ways: { state: string; steps: ExpectedStep[] }[] = [{ state: flow.initial, steps: [] }];
  const seen = new Set([flow.initial]);
  for (const { state, steps } of ways) {
    if (wanted(state)) return steps;
    for (const step of flow.steps) {
      if (!step.from.includes(state) || seen.has(step.to)) continue;
      seen.add(step.to);
      ways.push({ state: step.to, steps: [...steps, step] });
    }
  }
  return null;
}

/** Takes a record from its first state to another; false where nobody may. */
export async function walk(entity: Entity, steps: ExpectedStep[], maker: Client, id: string): Promise<boolean> {
  for (const step of steps) {
    const actor = (await changers(entity, maker)).find((client) => named(step, client, maker));
    if (!actor) return false;
    const answer = await take(entity, actor, id, step.to);
    if (!answer.ok) throw new Error(`a ${entity.key} cannot become ${step.to}: ${answer.status} ${await answer.text()}`);
  }
  return true;
}
