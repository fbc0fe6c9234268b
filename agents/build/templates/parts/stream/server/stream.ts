import { reach, type Row, type User } from '../shared/entity';
import { entityOf } from '../shared/model';
import { join, type Sql, type Tx } from './db';
import { part } from './part';
import type { Person } from './people';
import { alive, mine, selection } from './queries';

/** Records of several entities in one list, the newest first. */

export interface Item {
  entity: string;
  row: Row;
  /** Who made the record; null when it was nobody, or nobody that the reader sees. */
  author: Person | null;
}

/** Where a record of the list is found. */
export interface Head {
  entity: string;
  id: string;
}

const size = 20;

/** The records themselves, in the order of their heads; those that the user does not see are left out. */
export async function itemsOf(tx: Tx, user: User | null, heads: readonly Head[]): Promise<Item[]> {
  const found = new Map<string, Item>();
  for (const key of new Set(heads.map((head) => head.entity))) {
    const entity = entityOf(key);
    const ids = heads.filter((head) => head.entity === key).map((head) => head.id);
    const owner = entity.ownership === 'system' ? tx`null::uuid` : tx`t.owner_id`;
    const rows = await tx<(Row & { _author: string | null })[]>`select ${selection(tx, entity, user)}, (select jsonb_build_object('id', p.id, 'name', p.name) from app_people p where p.id = ${owner}) as "_author"
      from ${tx(entity.table)} t where t.id = any(${ids}::uuid[]) and ${alive(tx, entity)}`;
    for (const { _author, ...row } of rows) found.set(`${key} ${row.id}`, { entity: key, row: row as unknown as Row, author: _author as Person | null });
  }
  return heads.flatMap(({ entity, id }) => found.get(`${entity} ${id}`) ?? []);
}

/** The entities whose records somebody may list, and that say who made them. */
export const listed = (keys: readonly string[], user: User | null): string[] =>
  keys.filter((key) => entityOf(key).ownership !== 'system' && reach(entityOf(key), 'list', user) !== 'none');

/** A part of the records of these entities that the user may see; `by` narrows the column `t.owner_id`. */
export async function stream(tx: Tx, user: User | null, keys: readonly string[], before: string | null, by: Sql): Promise<{ items: Item[]; next: string | null }> {
  const selects = listed(keys, user).map((key) => {
    const entity = entityOf(key);
    const own = reach(entity, 'list', user) === 'own' ? mine(tx, entity, 't') : tx`true`;
    // Ids grow with time: they are the order, and the cursor.
    return tx`(select ${key}::text as entity, t.id from ${tx(entity.table)} t
      where ${alive(tx, entity)} and ${own} and ${by} and ${before ? tx`t.id < ${before}` : tx`true`} order by t.id desc limit ${size + 1})`;
  });
  if (selects.length === 0) return { items: [], next: null };
  const heads = await tx<Head[]>`select * from (${join(tx, selects, tx` union all `)}) found order by id desc limit ${size + 1}`;
  const { items, next } = part(heads, (head) => head.id, size);
  return { items: await itemsOf(tx, user, items), next };
}
