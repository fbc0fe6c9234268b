import { type Entity, nextStates, reach, type Row, type User, writable } from '../entity';

/** How many cards of a column are shown at most. */
export const shown = 50;

export interface Column {
  /** Null for records without a value. */
  value: string | null;
  total: number;
  items: Row[];
}

/** The columns that somebody may move a card to. */
export function movesOf(entity: Entity, field: string, row: Row, user: User | null): string[] {
  const far = reach(entity, 'update', user);
  if (far === 'none' || (far === 'own' && !row._mine) || !writable(entity, user).some(([key]) => key === field)) return [];
  const now = row[field] as string | null | undefined;
  const open = entity.workflow?.field === field ? nextStates(entity, now, user, row._mine) : (entity.fields[field]?.options ?? []);
  return [...new Set(open)].filter((value) => value !== now);
}

/** The columns with a card at the top of another; the same when it is there already. */
export function moved(columns: readonly Column[], field: string, row: Row, to: string | null): Column[] {
  return columns.map((column) => {
    const held = column.items.some((item) => item.id === row.id);
    const items = column.items.filter((item) => item.id !== row.id);
    if (column.value !== to) return held ? { ...column, total: column.total - 1, items } : column;
    return { ...column, total: column.total + (held ? 0 : 1), items: [{ ...row, [field]: to }, ...items] };
  });
}

/** The columns with a card as the server has it now, where it stands. */
export const replaced = (columns: readonly Column[], row: Row): Column[] =>
  columns.map((column) => ({ ...column, items: column.items.map((item) => (item.id === row.id ? row : item)) }));
