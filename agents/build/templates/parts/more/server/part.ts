const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Where a part of a list begins, of a query's `before`; what is no id is the beginning. */
export const cursorOf = (text: string | undefined): string | null => (text && uuid.test(text) ? text : null);

/** At most `size` of the rows asked for, which were one more; `next` is where the part after them begins, or null. */
export function part<T>(rows: readonly T[], cursor: (row: T) => string, size: number): { items: T[]; next: string | null } {
  const items = rows.slice(0, size);
  const last = items.at(-1);
  return { items, next: rows.length > size && last ? cursor(last) : null };
}
