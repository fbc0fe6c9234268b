import { Hono } from 'hono';
import { type Entity, type Transition, type User } from '../../shared/entity';
import { entities, entityOf } from '../../shared/model';
import { links } from '../../shared/pages';
import { announce } from '../changes';
import { asUser, type Tx } from '../db';
import type { Change, ServerFeature } from '../feature';
import type { Env } from '../http';
import { guard, missing, one, uuid } from '../records';

const routes = new Hono<Env>();
for (const entity of entities) {
  const { workflow } = entity;
  if (!workflow) continue;
  routes.get(`/${entity.path}/${uuid}/steps`, async (c) => {
    const user = c.get('user');
    const far = guard(entity, 'read', user);
    const id = c.req.param('id') ?? '';
    return asUser(user, async (tx) => {
      const row = await one(tx, entity, user, id);
      if (!row || (far === 'own' && !row._mine)) missing(entity);
      const steps = await tx`select s.id, s.from_state as "from", s.to_state as "to", s.created_at as at, p.name as person
        from ${tx(workflow.history)} s left join app_people p on p.id = s.person_id where s.record_id = ${id} order by s.id limit 500`;
      return c.json([...steps]);
    });
  });
}

/** The step that a change of a record was; nothing where it was none. */
function stepOf({ entity: { workflow }, before, after }: Change): Transition[] {
  if (!workflow || !before || !after || before[workflow.field] === after[workflow.field]) return [];
  return workflow.transitions.filter((step) => step.from.includes(String(before[workflow.field])) && step.to === after[workflow.field]);
}

/** The owner of a record, or of what it belongs to. */
async function ownerOf(tx: Tx, entity: Entity, id: string): Promise<string[]> {
  const above = entity.ownership === 'parent' && entity.parent ? entity.parent : null;
  const [row] = await tx`select ${tx(above ?? 'owner_id')} as id from ${tx(entity.table)} where id = ${id}`;
  if (!row?.id) return [];
  return above ? ownerOf(tx, entityOf(entity.fields[above]?.target), String(row.id)) : [String(row.id)];
}

async function holdersOf(tx: Tx, entity: Entity, role: string): Promise<string[]> {
  const found = await tx`select h.id from ${tx(entity.workflow?.holders ?? '')}(${role}) as h (id)`;
  return found.map(({ id }) => String(id));
}

async function changed(tx: Tx, user: User | null, change: Change): Promise<void> {
  const { entity, id, after } = change;
  const notified = stepOf(change).flatMap((step) => (step.effects ?? []).filter((effect) => effect.kind === 'notify'));
  const people = new Set<string>();
  for (const { target } of notified) {
    for (const each of await (target === 'owner' ? ownerOf(tx, entity, id) : holdersOf(tx, entity, target))) people.add(each);
  }
  const name = String(after?.[entity.label] ?? '');
  const state = String(after?.[entity.workflow?.field ?? ''] ?? '').replaceAll('_', ' ');
  const text = `${entity.title}${name ? ` “${name}”` : ''} is now: ${state}`;
  for (const to of people) if (to !== user?.id) await announce(tx, { to, text, path: links[entity.key]?.detail(id) ?? '/' });
}

/** The history of records that move from state to state, and who hears of a step. */
export const feature: ServerFeature = { routes, changed };
