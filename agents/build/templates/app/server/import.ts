import { HTTPException } from 'hono/http-exception';
import { check, type Entity, type Errors, reach, type User, withInitial, writable } from '../shared/entity';
import { CsvError, fromSeveral, type Line, mostLines, parse, rearm } from '../shared/csv';
import type { Field } from '../shared/fields';
import { entityOf } from '../shared/model';
import { asUser, type Tx } from './db';
import { alive, labelOf, reached } from './queries';
import { insert, refusal, type Values } from './writing';

/** Something wrong in a file: its line, from 1, and the name of the column; "" where it is the whole line. */
export interface Wrong {
  line: number;
  column: string;
  message: string;
}

export interface Report {
  rows: number;
  created: number;
  dryRun: boolean;
  /** Columns of an export that are not taken in, as the app fills them. */
  ignored: string[];
  /** The first of what is wrong. */
  wrong: Wrong[];
  wrongTotal: number;
}

const told = 200;
const isId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const own = new Set(['id', 'created_at', 'updated_at']);

/** Where the fields stand in a line. */
interface Heading {
  fields: [key: string, field: Field, at: number | undefined, labels: number | undefined][];
  titles: string[];
  ignored: string[];
  wrong: Wrong[];
}

function readHeading(entity: Entity, user: User | null, { number, cells }: Line): Heading {
  const titles = cells.map((cell) => rearm(cell.trim()));
  const known = writable(entity, user);
  const places = new Map<string, number>();
  const heading: Heading = { fields: [], titles, ignored: [], wrong: [] };
  for (const [at, title] of titles.entries()) {
    const low = title.toLowerCase();
    const key = known.find(([each, field]) => low === each || low === field.title.toLowerCase() || (field.target && low === `${each}.label`))?.[0];
    const place = key !== undefined && low === `${key}.label` ? low : key;
    if (place === undefined) {
      const filled = own.has(low) || Object.keys(entity.fields).includes(low.replace(/\.label$/, ''));
      if (filled || title === '') heading.ignored.push(title);
      else heading.wrong.push({ line: number, column: title, message: 'There is no such field' });
    } else if (places.has(place)) heading.wrong.push({ line: number, column: title, message: 'There are two columns of this field' });
    else places.set(place, at);
  }
  heading.fields = known.filter(([key]) => places.has(key) || places.has(`${key}.label`)).map(([key, field]) => [key, field, places.get(key), places.get(`${key}.label`)]);
  if (heading.fields.length === 0) heading.wrong.push({ line: number, column: '', message: 'The first line must name the fields' });
  return heading;
}

const words: Readonly<Record<string, boolean>> = { true: true, yes: true, 1: true, false: false, no: false, 0: false };

/** The value that a cell stands for; what is none stays a text, and the field says what is wrong. */
function valueOf(field: Field, cell: string): unknown {
  if (cell === '') return null;
  switch (field.type) {
    case 'integer':
    case 'decimal':
    case 'money':
    case 'rating':
    case 'duration': return cell.trim() !== '' && Number.isFinite(Number(cell)) ? Number(cell) : cell;
    case 'boolean': return words[cell.trim().toLowerCase()] ?? cell;
    case 'tags': return fromSeveral(cell);
    case 'json': return JSON.parse(cell);
    default: return cell;
  }
}

/** The records that may be referred to, by id and by name; null for a name of several. */
type Known = Map<string, string | null>;

function remember(known: Known, label: string, id: string): void {
  known.set(label, known.has(label) && known.get(label) !== id ? null : id);
}

async function readKnown(tx: Tx, target: Entity, user: User | null, texts: Set<string>): Promise<Known> {
  const known: Known = new Map();
  const all = [...texts].filter((text) => !text.includes('\0'));
  const ids = all.filter((text) => isId.test(text));
  const far = reach(target, 'list', user);
  const byName = far === 'none' ? [] : await tx`select t.id, ${labelOf(tx, target, 't')} as label from ${tx(target.table)} t where ${labelOf(tx, target, 't')} = any(${all}::text[]) and ${alive(tx, target)} and ${reached(tx, target, far)}`;
  for (const row of byName) remember(known, String(row.label), String(row.id));
  for (const row of await tx`select t.id from ${tx(target.table)} t where t.id = any(${ids}::uuid[]) and ${alive(tx, target)}`) known.set(String(row.id), String(row.id));
  return known;
}

/** Reads the lines of one file. */
class Reader {
  private known = new Map<string, Known>();
  constructor(private readonly entity: Entity, private readonly user: User | null, private readonly heading: Heading) {}

  /** The texts of a cell and of that with the names, which counts where the ids are of another place. */
  private pointers(field: Field, { cells }: Line, at: number | undefined, labels: number | undefined): string[][] {
    const texts = (place: number | undefined) => {
      const cell = rearm((place === undefined ? '' : (cells[place] ?? '')).trim());
      return cell === '' ? [] : field.join ? fromSeveral(cell) : [cell];
    };
    return [texts(at), texts(labels)].filter((each) => each.length > 0);
  }

  async prepare(tx: Tx, lines: Line[]): Promise<void> {
    const wanted = new Map<string, Set<string>>();
    for (const [, field, at, labels] of this.heading.fields) {
      if (!field.target) continue;
      const texts = wanted.get(field.target) ?? new Set();
      wanted.set(field.target, texts);
      for (const each of lines) for (const text of this.pointers(field, each, at, labels).flat()) texts.add(text);
    }
    for (const [target, texts] of wanted) this.known.set(target, await readKnown(tx, entityOf(target), this.user, texts));
  }

  /** A new record may be referred to by the lines below it. */
  made(id: string, values: Values): void {
    const known = this.known.get(this.entity.key);
    if (known) remember(known, String(values[this.entity.label] ?? ''), id);
  }

  private refer(field: Field, line: Line, at: number | undefined, labels: number | undefined): unknown {
    const known = this.known.get(field.target ?? '');
    const tries = this.pointers(field, line, at, labels);
    const found = tries.map((texts) => texts.map((text) => known?.get(text)));
    const whole = found.find((ids) => ids.every((id) => typeof id === 'string'));
    if (whole) return field.join ? whole : whole[0];
    if (tries.length === 0) return field.join ? [] : null;
    const [texts = [], ids = []] = [tries.at(-1), found.at(-1)];
    const at0 = ids.findIndex((id) => typeof id !== 'string');
    const name = entityOf(field.target).title;
    throw new CsvError(ids[at0] === null ? `There are several of ${name} called “${texts[at0]}”: use the id` : `There is no ${name} called “${texts[at0]}”`);
  }

  /** The values of a line, checked like those of a form. */
  read(line: Line): { values: Values; errors: Errors } {
    const given: Values = {};
    const errors: Errors = {};
    if (line.cells.slice(this.heading.titles.length).some(Boolean)) errors._form = 'The line has more cells than the first one';
    for (const [key, field, at, labels] of this.heading.fields) {
      try {
        given[key] = field.target ? this.refer(field, line, at, labels) : valueOf(field, rearm(line.cells[at ?? -1] ?? ''));
      } catch (error) {
        errors[key] = error instanceof CsvError ? error.message : `${field.title} must be JSON`;
      }
    }
    const fields = writable(this.entity, this.user);
    const checked = check(fields, withInitial(fields, given), { rules: this.entity.rules });
    return { values: checked.ok ? checked.values : {}, errors: checked.ok ? errors : { ...checked.errors, ...errors } };
  }
}

class TakenBack extends Error {}

/** Makes a record of a line; what the database says against it, which leaves the other lines as they are. */
async function save(tx: Tx, entity: Entity, user: User | null, reader: Reader, values: Values): Promise<Errors> {
  try {
    const { id } = await tx.savepoint((inner) => insert(inner, entity, user, values));
    reader.made(String(id), values);
    return {};
  } catch (error) {
    const errors = refusal(entity, error);
    if (errors) return errors;
    if (error instanceof HTTPException) return { _form: error.message };
    if ((error as { code?: string }).code === '42501') return { _form: 'You may not add this' };
    throw error;
  }
}

/**
 * Makes a record of each line of a file: all of them, or none when one is wrong. With `dryRun` none,
 * but everything is tried, also in the database.
 */
export async function taken(entity: Entity, user: User | null, file: string, dryRun: boolean): Promise<Report> {
  const report: Report = { rows: 0, created: 0, dryRun, ignored: [], wrong: [], wrongTotal: 0 };
  const tell = (...found: Wrong[]) => {
    report.wrongTotal += found.length;
    report.wrong.push(...found.slice(0, Math.max(0, told - report.wrong.length)));
  };
  const [first, ...lines] = parse(file);
  if (!first) throw new CsvError('The file is empty');
  if (lines.length > mostLines) throw new CsvError(`The file has ${lines.length} lines; at most ${mostLines} can be taken in at once`);
  const heading = readHeading(entity, user, first);
  Object.assign(report, { rows: lines.length, ignored: heading.ignored });
  tell(...heading.wrong);
  if (heading.wrong.length > 0) return report;
  const column = (key: string) => heading.titles[heading.fields.find(([each]) => each === key)?.[2] ?? -1] ?? entity.fields[key]?.title ?? '';
  try {
    await asUser(user, async (tx) => {
      const reader = new Reader(entity, user, heading);
      await reader.prepare(tx, lines);
      for (const each of lines) {
        const { values, errors: wrong } = reader.read(each);
        const errors = Object.keys(wrong).length > 0 ? wrong : await save(tx, entity, user, reader, values);
        tell(...Object.entries(errors).map(([key, message]) => ({ line: each.number, column: column(key), message })));
      }
      if (dryRun || report.wrongTotal > 0) throw new TakenBack();
    });
    report.created = lines.length;
  } catch (error) {
    if (error instanceof TakenBack) return report;
    // What holds for all lines together is looked at in the end.
    const errors = refusal(entity, error);
    if (!errors) throw error;
    tell(...Object.values(errors).map((message) => ({ line: 1, column: '', message })));
  }
  return report;
}
