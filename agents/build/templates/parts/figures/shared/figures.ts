import { type Entity, readable, type User } from './entity';

/** What the API answers about figures: a value for each time or group. */
export interface Figures {
  rows: Figure[];
  /** The sum of all values; for averages that of all records. */
  total: number;
}

export interface Figure {
  /** The first day of a time, the value of a group; null for records without one. */
  key: string | null;
  label: string | null;
  value: number;
}

export const steps = ['day', 'week', 'month'] as const;
export type Step = (typeof steps)[number];

/** The longest time that is shown by its parts, and the most groups. */
export const mostSteps = 400;
export const mostGroups = 50;

const grouping = new Set(['choice', 'boolean', 'reference']);
const numbers = new Set(['integer', 'decimal', 'money', 'rating', 'duration']);

/** The fields by which somebody may count: their times, their groups, their amounts. */
export function countable(entity: Entity, user: User | null) {
  const fields = readable(entity, user);
  return {
    times: ['created_at', ...fields.filter(([, field]) => field.type === 'date' || field.type === 'datetime').map(([key]) => key)],
    groups: fields.filter(([, field]) => grouping.has(field.type)).map(([key]) => key),
    amounts: fields.filter(([, field]) => numbers.has(field.type)).map(([key]) => key),
  };
}

/** The measures that somebody may ask for: `count`, `sum:price`, `average:price`. */
export const measures = (entity: Entity, user: User | null) =>
  ['count', ...countable(entity, user).amounts.flatMap((key) => (entity.fields[key]?.type === 'rating' ? [`average:${key}`] : [`sum:${key}`, `average:${key}`]))];
