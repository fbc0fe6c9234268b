import type { Entity, User } from '../shared/entity';
import type { Sql, Tx } from './db';
import { features } from './features';
import { order } from './queries';

/** The order of a list: one that a feature knows, such as by rating, or by a field. */
export function sorting(tx: Tx, entity: Entity, user: User | null, wanted: string | undefined): Sql {
  const key = wanted?.replace(/^-/, '') ?? '';
  for (const { sorted } of features) {
    const by = sorted?.(tx, entity, key);
    if (by) return tx`${by} ${wanted?.startsWith('-') ? tx`desc` : tx`asc`} nulls last, t.id`;
  }
  return order(tx, entity, user, wanted);
}
