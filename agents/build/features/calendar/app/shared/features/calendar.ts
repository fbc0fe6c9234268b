/** The entity of a calendar, and its fields with the start and perhaps the end. */
export interface Calendar {
  entity: string;
  start: string;
  end?: string;
}

/** A record in a calendar: days as `2026-01-31`, moments as ISO texts. */
export interface Entry {
  id: string;
  label: string | null;
  start: string;
  end: string | null;
}

export const most = 1_000;

const pad = (value: number) => String(value).padStart(2, '0');

/** A local date as `2026-01-31`. */
export const dayOf = (date: Date) => `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;

/** Local midnight of a day; today for what is none. */
export function dateOf(day: string | null): Date {
  const [year = 0, month = 1, date = 1] = (day ?? '').split('-').map(Number);
  const found = new Date(year, month - 1, date);
  if (day && dayOf(found) === day) return found;
  const now = new Date();
  return new Date(now.getFullYear(), now.getMonth(), now.getDate());
}

export const plus = (date: Date, days: number) => new Date(date.getFullYear(), date.getMonth(), date.getDate() + days);

/** The same day of another month, or its last one. */
export function plusMonths(date: Date, months: number): Date {
  const last = new Date(date.getFullYear(), date.getMonth() + months + 1, 0);
  return new Date(last.getFullYear(), last.getMonth(), Math.min(date.getDate(), last.getDate()));
}

/** The first day of the week of a date; `first` is 1 for Monday, 7 for Sunday. */
export const weekOf = (date: Date, first: number) => plus(date, -((date.getDay() - (first % 7) + 7) % 7));

/** The days of the weeks that a month touches. */
export function monthDays(date: Date, first: number): Date[] {
  const start = weekOf(new Date(date.getFullYear(), date.getMonth(), 1), first);
  const last = new Date(date.getFullYear(), date.getMonth() + 1, 0);
  const weeks = Math.ceil((Math.round((last.getTime() - start.getTime()) / 86_400_000) + 1) / 7);
  return Array.from({ length: weeks * 7 }, (_, index) => plus(start, index));
}

/** Whether an entry is on a local day: a day's end counts, the moment of an end does not. */
export function isOn(entry: Entry, date: Date, moments: boolean): boolean {
  if (!moments) return entry.start <= dayOf(date) && dayOf(date) <= (entry.end ?? entry.start);
  const start = new Date(entry.start).getTime();
  const end = entry.end === null ? start : new Date(entry.end).getTime();
  const [from, to] = [date.getTime(), plus(date, 1).getTime()];
  return start < to && (end > from || start >= from);
}
