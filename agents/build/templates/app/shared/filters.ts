import type { Field, FieldType } from './fields';

/** Parameters of a list that have another meaning; fields of these names do not narrow it. */
export const reserved: ReadonlySet<string> = new Set(['q', 'page', 'pageSize', 'sort']);

export type FilterKind = 'one of' | 'yes or no' | 'record' | 'tag' | 'range';

const kinds: Partial<Record<FieldType, FilterKind>> = {
  choice: 'one of', boolean: 'yes or no', reference: 'record', references: 'record', tags: 'tag',
  integer: 'range', decimal: 'range', money: 'range', rating: 'range', duration: 'range', date: 'range', datetime: 'range', time: 'range',
};

/**
 * How a field narrows a list: by `?key=value`, which may be repeated for any of several, or by
 * `?key.from=…&key.to=…`, both included. Null for fields that do not.
 */
export const filterOf = (key: string, field: Field): FilterKind | null => (reserved.has(key) ? null : (kinds[field.type] ?? null));

const forms: Partial<Record<FieldType, RegExp>> = {
  date: /^\d{4}-\d\d-\d\d$/,
  datetime: /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/,
  time: /^([01]\d|2[0-3]):[0-5]\d$/,
};

/** Whether a text can be the end of a range. */
export function isBound(field: Field, text: string): boolean {
  const form = forms[field.type];
  if (form === undefined) return /^-?\d{1,15}(\.\d{1,15})?$/.test(text);
  if (!form.test(text) || text.startsWith('0000')) return false;
  if (field.type === 'time') return true;
  const day = text.slice(0, 10);
  return !Number.isNaN(Date.parse(text)) && new Date(`${day}T00:00:00Z`).toISOString().startsWith(day);
}
