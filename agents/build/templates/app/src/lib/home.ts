import { type Entity, reach, type User } from '../../shared/entity';
import { displayOf } from './display';

export interface HomePlan {
  /** What the app is mostly about, as far as somebody may see it. */
  main: Entity | undefined;
  /** Others to show beside it. */
  others: readonly Entity[];
  /** Whether guests have something to look at. */
  open: boolean;
}

/** How much there is to look at; what only names things for others comes last. */
function weight(entity: Entity, user: User | null): number {
  const { picture, when, text, price, facts } = displayOf(entity, user);
  const own = Object.values(entity.fields).filter((field) => field.type !== 'references').length;
  return (
    (picture ? 4 : 0) + (when ? 3 : 0) + (text ? 2 : 0) + (price ? 1 : 0) + (entity.workflow ? 2 : 0) + Math.min(facts.length, 2)
    - (entity.parent ? 5 : 0) - (own <= 2 && !picture && !text ? 4 : 0)
  );
}

/** The entities that somebody may list and that are worth a part of the page, the best first. */
function ranked(entities: readonly Entity[], user: User | null): Entity[] {
  return entities
    .filter((entity) => reach(entity, 'list', user) !== 'none')
    .map((entity) => ({ entity, worth: weight(entity, user) }))
    .filter(({ worth }) => worth > 0)
    .toSorted((a, b) => b.worth - a.worth)
    .map(({ entity }) => entity);
}

/** What the home page shows to somebody: decided by the entities and their access alone. */
export function homeOf(entities: readonly Entity[], user: User | null): HomePlan {
  const open = ranked(entities, null);
  const [main, ...others] = [...new Set([...open, ...ranked(entities, user)])];
  return { main, others, open: open.length > 0 };
}
