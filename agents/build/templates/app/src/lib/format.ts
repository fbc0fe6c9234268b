import { locale } from '../../shared/app';

/** `in_progress` as `In progress`; a text with capitals or blanks stays as it is. */
export function humanise(text: string): string {
  if (!/^[a-z0-9_-]+$/.test(text)) return text;
  const words = text.replaceAll(/[_-]+/g, ' ').trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

const decimals = new Intl.NumberFormat(locale, { maximumFractionDigits: 6 });
const amounts = new Intl.NumberFormat(locale, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const days = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone: 'UTC' });
const moments = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' });

export const formatNumber = (value: number) => decimals.format(value);
export const formatMoney = (value: number) => amounts.format(value);
export const formatDay = (value: string) => days.format(new Date(`${value}T00:00:00Z`));
export const formatMoment = (value: string) => moments.format(new Date(value));

const times = new Intl.DateTimeFormat(locale, { weekday: 'long', hour: 'numeric', minute: '2-digit' });
/** A day has no zone, a moment is told in the reader's. */
const zoned = (value: string, options: Intl.DateTimeFormatOptions) =>
  new Intl.DateTimeFormat(locale, value.includes('T') ? options : { ...options, timeZone: 'UTC' }).format(new Date(value));

/** The day of the week and the time. */
export const formatTime = (value: string) => times.format(new Date(value));
/** The day of the month, and the month's short name. */
export const dayOf = (value: string) => zoned(value, { day: 'numeric' });
export const formatMonth = (value: string) => zoned(value, { month: 'short' });

export function formatMinutes(value: number): string {
  const hours = Math.floor(value / 60);
  const minutes = value % 60;
  return [hours > 0 ? `${hours} h` : '', minutes > 0 || hours === 0 ? `${minutes} min` : ''].filter(Boolean).join(' ');
}

/** A moment as `<input type="datetime-local">` wants it: local, to the minute; "" for what is none. */
export function toLocalInput(value: string): string {
  const date = new Date(value);
  if (Number.isNaN(date.getTime())) return '';
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** The moment of a local time; null when there is none, as in the hour that the clocks skip. */
export function fromLocalInput(text: string): string | null {
  const date = new Date(text);
  if (Number.isNaN(date.getTime())) return null;
  const moment = date.toISOString();
  return toLocalInput(moment) === text.slice(0, 16) ? moment : null;
}
