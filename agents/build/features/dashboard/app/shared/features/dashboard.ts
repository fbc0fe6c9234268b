import { type Entity, nextSteps, reach, type User } from '../entity';
import type { Figure } from '../figures';

/** How many days are compared with as many before. */
export const span = 30;

/** One entity on the dashboard; `amount` is the sum of its first field with money. */
export interface Tile {
  entity: string;
  total: number;
  now: number;
  before: number;
  days: Figure[];
  newest: { id: string; label: string | null; created_at: string }[];
  amount: { key: string; now: number; before: number } | null;
}

/** A record whose next step the reader may take. */
export interface Task {
  entity: string;
  id: string;
  label: string | null;
  state: string;
  since: string;
}

export interface Dashboard {
  tiles: Tile[];
  waiting: Task[];
}

/**
 * The states in which records wait for somebody: `all` where their role takes the next step,
 * `own` where the owner does.
 */
export function waitingStates(entity: Entity, user: User): { all: string[]; own: string[] } {
  const far = reach(entity, 'update', user);
  const states = entity.workflow && far !== 'none' ? (entity.fields[entity.workflow.field]?.options ?? []) : [];
  const all = far === 'all' ? states.filter((state) => nextSteps(entity, state, user, false).some((step) => step.roles.includes(user.role))) : [];
  return { all, own: states.filter((state) => nextSteps(entity, state, user, true).length > 0) };
}
