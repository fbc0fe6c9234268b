/** Comma-separated values after RFC 4180. */

/** How large a file may be that is taken in. */
export const mostBytes = 5 * 1024 * 1024;
export const mostLines = 5_000;

/**
 * A spreadsheet takes what begins like this for a formula, and may run it: an apostrophe before
 * it makes it a text. What has apostrophes of its own before it gets one more, so that reading is exact.
 */
const formula = /^'*[=+\-@\t\r]/;

export const disarm = (text: string) => (formula.test(text) ? `'${text}` : text);
export const rearm = (text: string) => (text.startsWith("'") && formula.test(text.slice(1)) ? text.slice(1) : text);

const quoted = (text: string) => (/[",;\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

export const line = (cells: readonly string[]) => `${cells.map(quoted).join(',')}\r\n`;

export interface Line {
  /** Where it begins in the file, from 1. */
  number: number;
  cells: string[];
}

/** A file whose quotes do not match. */
export class CsvError extends Error {}

/** The commas of the first line, or what a spreadsheet of another language writes instead. */
function separatorOf(text: string): string {
  const first = (text.split(/\r?\n/, 1)[0] ?? '').replaceAll(/"[^"]*"/g, '');
  const count = (separator: string) => first.split(separator).length;
  return [';', '\t'].reduce((best, each) => (count(each) > count(best) ? each : best), ',');
}

interface Cell {
  text: string;
  /** Where what follows it begins. */
  next: number;
}

/** The cell that begins at a place; `ends` matches what may follow one without quotation marks. */
function cellAt(text: string, at: number, ends: RegExp): Cell | null {
  if (text[at] !== '"') {
    ends.lastIndex = at;
    const next = ends.exec(text)?.index ?? text.length;
    return { text: text.slice(at, next), next };
  }
  for (let from = at + 1; ;) {
    const mark = text.indexOf('"', from);
    if (mark < 0) return null;
    if (text[mark + 1] !== '"') return { text: text.slice(at + 1, mark).replaceAll('""', '"'), next: mark + 1 };
    from = mark + 2;
  }
}

const countLines = (text: string) => text.split('\n').length - 1;

/** The lines of a file, without empty ones. Throws CsvError. */
export function parse(file: string): Line[] {
  const text = file.replace(/^\ufeff/, '');
  const separator = separatorOf(text);
  const ends = new RegExp(String.raw`[${separator}\r\n]`, 'g');
  const lines: Line[] = [];
  let cells: string[] = [];
  let [number, begun, at] = [1, 1, 0];
  const finish = () => {
    if (cells.some((each) => each !== '')) lines.push({ number: begun, cells });
    cells = [];
    begun = number;
  };
  while (at < text.length) {
    const cell = cellAt(text, at, ends);
    const end = cell ? /^(?:\r?\n|\r)/.exec(text.slice(cell.next, cell.next + 2))?.[0] : undefined;
    const more = cell && text[cell.next] === separator;
    if (!cell || (end === undefined && !more && cell.next < text.length)) throw new CsvError(`Line ${number}: a quotation mark has no match`);
    cells.push(cell.text);
    number += countLines(text.slice(at, cell.next)) + (end === undefined ? 0 : 1);
    at = cell.next + (more ? 1 : (end?.length ?? 0));
    if (end !== undefined) finish();
    else if (more && at === text.length) cells.push('');
  }
  finish();
  return lines;
}

/** Several texts in one cell: with semicolons, or as JSON where a text has one itself. */
export const several = (texts: readonly string[]) => (texts.some((text) => text.includes(';') || text.startsWith('[') || text.trim() !== text) ? JSON.stringify(texts) : texts.join('; '));

export function fromSeveral(cell: string): string[] {
  if (cell.startsWith('[')) {
    try {
      const list: unknown = JSON.parse(cell);
      if (Array.isArray(list)) return list.map(String);
    } catch {
      // It only looks like JSON.
    }
  }
  return cell.split(';').map((text) => text.trim()).filter(Boolean);
}
