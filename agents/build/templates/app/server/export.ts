import type { Entity, User } from '../shared/entity';
import { readable } from '../shared/entity';
import { disarm, line, several } from '../shared/csv';
import type { Field } from '../shared/fields';
import { asUser } from './db';
import { alive, filters, matching, type Query, reached, selection } from './queries';

type Row = Record<string, unknown> & { _labels?: Record<string, unknown> };

const page = 500;

/** A column of a file: what it is called, and what stands in it. */
interface Column {
  title: string;
  text: (row: Row) => string;
}

/** A value as text that `import.ts` reads back as the same value. */
function textOf(field: Field, value: unknown): string {
  if (value === null || value === undefined) return '';
  switch (field.type) {
    case 'money': return Number(value).toFixed(2);
    case 'integer':
    case 'decimal':
    case 'rating':
    case 'duration':
    case 'boolean': return String(value);
    case 'datetime': return new Date(value as string | Date).toISOString();
    case 'json': return disarm(JSON.stringify(value));
    case 'tags':
    case 'references': return disarm(several(value as string[]));
    default: return disarm(String(value));
  }
}

/** What records are called that a field refers to. */
function labelsOf(row: Row, key: string): string {
  const found = row._labels?.[key];
  const labels = Array.isArray(found) ? several(found.map(({ label }: { label: string | null }) => label ?? '')) : String(found ?? '');
  return disarm(labels);
}

function columnsOf(entity: Entity, user: User | null): Column[] {
  const moment = (key: string): Column => ({ title: key, text: (row) => new Date(row[key] as string | Date).toISOString() });
  return [
    { title: 'id', text: (row) => String(row.id) },
    ...readable(entity, user).flatMap(([key, field]): Column[] => [
      { title: key, text: (row) => textOf(field, row[key]) },
      ...(field.target ? [{ title: `${key}.label`, text: (row: Row) => labelsOf(row, key) }] : []),
    ]),
    moment('created_at'),
    moment('updated_at'),
  ];
}

/**
 * The lines of a file of all records that a list with this query holds, oldest first. Each page of
 * them is a transaction of its own: a slow reader holds no connection.
 */
export async function* exported(entity: Entity, user: User | null, far: 'all' | 'own', query: Query, size = page): AsyncGenerator<string, void> {
  const columns = columnsOf(entity, user);
  const q = [query.q ?? ''].flat()[0] ?? '';
  let [last, count] = ['00000000-0000-0000-0000-000000000000', size];
  yield line(columns.map(({ title }) => title));
  while (count === size) {
    const after = last;
    const rows = await asUser(user, (tx) => tx<Row[]>`select ${selection(tx, entity, user)} from ${tx(entity.table)} t
      where t.id > ${after} and ${alive(tx, entity)} and ${reached(tx, entity, far)} and ${matching(tx, entity, user, q)} and ${filters(tx, entity, user, query)}
      order by t.id limit ${size}`);
    count = rows.length;
    last = String(rows.at(-1)?.id ?? last);
    if (count > 0) yield rows.map((row) => line(columns.map(({ text }) => text(row)))).join('');
  }
}

/** Lines as the body of an answer, made as they are read; the first part is awaited, as it tells whether there is an answer. */
export async function streamed(lines: AsyncGenerator<string, void>, mark = ''): Promise<ReadableStream<Uint8Array>> {
  const encoder = new TextEncoder();
  const heading = await lines.next();
  const first = await lines.next();
  const begin = mark + (heading.value ?? '') + (first.value ?? '');
  let started = false;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const next = started ? await lines.next() : { value: begin, done: false };
      started = true;
      if (next.value) controller.enqueue(encoder.encode(next.value));
      if (next.done) controller.close();
    },
    cancel: async () => {
      await lines.return();
    },
  });
}
