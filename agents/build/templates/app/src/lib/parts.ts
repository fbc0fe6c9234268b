import type { Entity, Page, Row, User } from '../../shared/entity';
import { displayOf, type Layout } from './display';
import { useLoad } from './load';
import { useSession } from './session';

/** Some records of one entity for a page about several. */
export interface Part {
  entity: Entity;
  layout: Exclude<Layout, 'table'>;
  rows: readonly Row[];
  total: number;
  reload: () => void;
}

const counts = { cards: 8, articles: 5, agenda: 6 };

function layoutOf(entity: Entity, user: User | null) {
  const { layouts } = displayOf(entity, user);
  return layouts.find((layout) => layout !== 'table') ?? 'cards';
}

/** Of what takes place: what is still to come, the next first; all when nothing is. */
function coming(rows: readonly Row[], when: string): readonly Row[] {
  const now = new Date().toISOString();
  const next = rows.filter((row) => String(row[when as keyof Row] ?? '') >= now.slice(0, 10));
  return next.length > 0 ? next.toReversed() : rows;
}

/** The newest records of an entity, or those that come next; null until they are known. */
export function usePart(entity: Entity | undefined, most?: number): Part | null {
  const { user } = useSession();
  const layout = entity ? layoutOf(entity, user) : 'cards';
  const when = entity && layout === 'agenda' ? displayOf(entity, user).when : undefined;
  const count = most ?? counts[layout];
  const { data, error, reload } = useLoad<Page<Row>>(entity ? `/${entity.path}?${when ? `sort=-${when}&pageSize=50` : `sort=-created_at&pageSize=${count}`}` : null);
  if (!entity || (!data && !error)) return null;
  const rows = data?.items ?? [];
  return { entity, layout, rows: (when ? coming(rows, when) : rows).slice(0, count), total: data?.total ?? 0, reload };
}
