import type { Entity } from '../shared/entity';
import { type Figure, type Figures, mostGroups, type Step } from '../shared/figures';
import { entityOf } from '../shared/model';
import type { Sql, Tx } from './db';
import { alive, labelOf, mine } from './queries';

/** What is counted: records whose time lies in the days `from` to `to`, in a time zone. */
export interface Question {
  entity: Entity;
  far: 'all' | 'own';
  time: string;
  from: string | null;
  to: string | null;
  zone: string;
  measure: string;
}

/** The day of a record, a local one for moments. */
function day(tx: Tx, { entity, time, zone }: Question): Sql {
  return entity.fields[time]?.type === 'date' ? tx`${tx(`t.${time}`)}` : tx`(${tx(`t.${time}`)} at time zone ${zone})::date`;
}

function measured(tx: Tx, measure: string): Sql {
  const [kind = '', key = ''] = measure.split(':');
  if (kind === 'count') return tx`count(*)::float8`;
  const column = tx`${tx(`t.${key}`)}`;
  return kind === 'sum' ? tx`coalesce(sum(${column}), 0)::float8` : tx`coalesce(avg(${column}), 0)::float8`;
}

function where(tx: Tx, question: Question): Sql {
  const { entity, far, from, to } = question;
  const own = far === 'own' ? mine(tx, entity, 't') : tx`true`;
  const begin = from ? tx`${day(tx, question)} >= ${from}::date` : tx`true`;
  const end = to ? tx`${day(tx, question)} <= ${to}::date` : tx`true`;
  return tx`from ${tx(entity.table)} t where ${alive(tx, entity)} and ${own} and ${begin} and ${end}`;
}

/** The measure of all records in question. */
export async function total(tx: Tx, question: Question): Promise<number> {
  const [row] = await tx`select ${measured(tx, question.measure)} as value ${where(tx, question)}`;
  return Number(row?.value ?? 0);
}

/** The measure for each day, week or month from `from` to `to`, also those without records. */
export async function byTime(tx: Tx, question: Question & { from: string; to: string }, step: Step): Promise<Figures> {
  const start = (date: Sql) => tx`date_trunc(${step}, ${date}::timestamp)::date`;
  const rows = await tx<Figure[]>`
    with found as (select ${start(day(tx, question))} as key, ${measured(tx, question.measure)} as value ${where(tx, question)} group by 1)
    select steps.key::date::text as key, null as label, coalesce(found.value, 0) as value
    from generate_series(${start(tx`${question.from}::date`)}::timestamp, ${question.to}::timestamp, ${`1 ${step}`}::interval) as steps (key)
    left join found on found.key = steps.key::date order by steps.key`;
  return { rows: [...rows], total: await total(tx, question) };
}

/** The measure for each value of a field, the largest first. */
export async function byGroup(tx: Tx, question: Question, key: string): Promise<Figures> {
  const column = tx`${tx(`t.${key}`)}`;
  const rows = await tx<Figure[]>`select ${column}::text as key, null as label, ${measured(tx, question.measure)} as value ${where(tx, question)}
    group by ${column} order by 3 desc, 1 limit ${mostGroups}`;
  const target = question.entity.fields[key]?.target;
  return { rows: target ? await named(tx, entityOf(target), [...rows]) : [...rows], total: await total(tx, question) };
}

/** Groups that are records, by what these are called for the reader. */
async function named(tx: Tx, entity: Entity, rows: Figure[]): Promise<Figure[]> {
  const ids = rows.map((row) => row.key).filter((id) => id !== null);
  const found = await tx<{ id: string; label: string | null }[]>`select t.id, ${labelOf(tx, entity, 't')} as label from ${tx(entity.table)} t where t.id = any(${ids}::uuid[])`;
  const labels = new Map(found.map((row) => [row.id, row.label]));
  return rows.map((row) => ({ ...row, label: row.key === null ? null : (labels.get(row.key) ?? null) }));
}

