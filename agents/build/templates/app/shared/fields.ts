import * as v from 'valibot';
import type { Formula } from './rules';

export type FieldType =
  | 'text' | 'longtext' | 'markdown' | 'integer' | 'decimal' | 'money' | 'boolean' | 'date' | 'datetime'
  | 'time' | 'choice' | 'tags' | 'email' | 'phone' | 'url' | 'image' | 'file' | 'json' | 'color' | 'rating'
  | 'duration' | 'geo' | 'reference' | 'references';

export interface FieldOptions {
  required?: boolean;
  help?: string;
  example?: string;
  /** What a new form shows. */
  initial?: string | number | boolean;
  /** Smallest and largest value; for texts the shortest and longest length. */
  min?: number;
  max?: number;
  /** Regular expression that the whole text must match. */
  pattern?: string;
  /** Roles that see or may write the field; everybody when left out. */
  readRoles?: readonly string[];
  writeRoles?: readonly string[];
  /** Only the database fills it in: from the record's other fields where there is a formula. */
  readOnly?: boolean;
  formula?: Formula;
}

/** One property of a record: what the form shows, and the schema that both sides check it with. */
export interface Field<T = unknown> extends FieldOptions {
  type: FieldType;
  title: string;
  schema: v.GenericSchema<unknown, T>;
  /** Values of a `choice`. */
  options?: readonly string[];
  /** Key of the entity that a `reference` points to. */
  target?: string;
  /** Table and columns that hold the pairs of `references`. */
  join?: { table: string; from: string; to: string };
}

type Out<T, O extends FieldOptions> = O['required'] extends true ? T : T | null;

const blankToNull = (value: unknown): unknown => (value === '' || value === undefined ? null : value);

function field<T, const O extends FieldOptions>(
  type: FieldType,
  title: string,
  options: O,
  value: v.GenericSchema<unknown, T>,
): Field<Out<T, O>> & O {
  const filled = options.required
    ? v.pipe(v.unknown(), v.transform(blankToNull), v.check((input) => input !== null, `${title} is required`), value)
    : v.pipe(v.unknown(), v.transform(blankToNull), v.nullable(value));
  // An absent key is the same as an empty one, so that its message is the field's own.
  const schema = v.optional(filled, null) as unknown as v.GenericSchema<unknown, Out<T, O>>;
  return { ...options, type, title, schema };
}

function string(title: string, options: FieldOptions, longest: number) {
  const { min = 0, max = longest, pattern } = options;
  const whole = new RegExp(`^(?:${pattern ?? '[^]*'})$`);
  return v.pipe(
    v.string(`${title} must be a text`),
    v.trim(),
    v.check((text) => !text.includes('\0'), `${title} holds a character that cannot be stored`),
    v.check((text) => [...text].length >= min, `${title} must have at least ${min} characters`),
    v.check((text) => [...text].length <= max, `${title} must have at most ${max} characters`),
    v.check((text) => !options.required || text !== '', `${title} is required`),
    v.check((text) => whole.test(text), `${title} does not have the expected form`),
  );
}

function number(title: string, options: FieldOptions, whole: boolean, limit: number) {
  const { min = -limit, max = limit } = options;
  return v.pipe(
    v.number(`${title} must be a number`),
    v.check((value) => !whole || Number.isInteger(value), `${title} must be a whole number`),
    v.minValue(min, `${title} must be ${min} or more`),
    v.maxValue(max, `${title} must be ${max} or less`),
  );
}

function isDate(text: string): boolean {
  const date = new Date(`${text}T00:00:00Z`);
  return /^\d{4}-\d\d-\d\d$/.test(text) && !text.startsWith('0000') && !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

const moment = /^(\d{4}-\d\d-\d\d)T([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,9})?)?(Z|[+-]([01]\d|2[0-3]):?[0-5]\d)$/;

/** With its zone: what else it means would depend on where the server stands. */
const isMoment = (text: string) => isDate(moment.exec(text)?.[1] ?? '') && !Number.isNaN(Date.parse(text));

/** The nearest whole cent, where the difference is but the noise of binary fractions, as in 0.1 + 0.2. */
function cents(value: number): number | null {
  const nearest = Number(value.toFixed(2));
  return Math.abs(value - nearest) <= Math.abs(value) * 4 * Number.EPSILON ? nearest : null;
}

const degrees = /^(-?\d{1,3}(?:\.\d{1,15})?)\s*,\s*(-?\d{1,3}(?:\.\d{1,15})?)$/;

function isPlace(text: string): boolean {
  const [, latitude, longitude] = degrees.exec(text) ?? [];
  return Math.abs(Number(latitude)) <= 90 && Math.abs(Number(longitude)) <= 180;
}

/** What PostgreSQL cannot keep, also deep inside JSON. */
const storable = (value: unknown) => !(JSON.stringify(value) ?? '').includes('\\u0000');

const integers = 2_147_483_647;
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export const text = <const O extends FieldOptions>(title: string, options: O) =>
  field('text', title, options, string(title, options, 200));

export const longtext = <const O extends FieldOptions>(title: string, options: O) =>
  field('longtext', title, options, string(title, options, 20_000));

export const markdown = <const O extends FieldOptions>(title: string, options: O) =>
  field('markdown', title, options, string(title, options, 20_000));

export const phone = <const O extends FieldOptions>(title: string, options: O) =>
  field('phone', title, options, v.pipe(string(title, options, 40), v.regex(/^\+?[\d\s()./-]{3,}$/, `${title} must be a telephone number`)));

export const email = <const O extends FieldOptions>(title: string, options: O) =>
  field('email', title, options, v.pipe(string(title, options, 254), v.email(`${title} must be an e-mail address`)));

/** A field that is never null: left blank, it is `empty`. */
function never<T, const O extends FieldOptions>(type: FieldType, title: string, options: O, value: v.GenericSchema<unknown, T>, empty: T): Field<T> & O {
  const schema = v.optional(v.pipe(v.unknown(), v.transform((input: unknown) => blankToNull(input) ?? empty), value), null);
  return { ...options, type, title, schema: schema as unknown as v.GenericSchema<unknown, T> };
}

/** Only web addresses: a `javascript:` link would run in the reader's browser. */
const address = (title: string, options: FieldOptions) =>
  v.pipe(
    string(title, options, 2_000),
    v.check((value) => /^https?:\/\//i.test(value) && URL.canParse(value), `${title} must start with https:// or http://`),
  );

export const url = <const O extends FieldOptions>(title: string, options: O) => field('url', title, options, address(title, options));

const upload = /^\/api\/app\/upload\/[0-9a-f-]{36}\/[\w.-]{1,100}$/;

/** A file that was uploaded here, or a web address. */
const stored = (title: string, options: FieldOptions) => v.union([v.pipe(v.string(), v.regex(upload)), address(title, options)], ({ issues }) => issues?.at(-1)?.message ?? `${title} must be a file`);

export const image = <const O extends FieldOptions>(title: string, options: O) => field('image', title, options, stored(title, options));

export const file = <const O extends FieldOptions>(title: string, options: O) => field('file', title, options, stored(title, options));

export const integer = <const O extends FieldOptions>(title: string, options: O) =>
  field('integer', title, options, number(title, options, true, integers));

export const rating = <const O extends FieldOptions>(title: string, options: O) =>
  field('rating', title, { min: 1, max: 5, ...options }, number(title, { min: 1, max: 5, ...options }, true, integers));

/** Minutes. */
export const duration = <const O extends FieldOptions>(title: string, options: O) =>
  field('duration', title, { min: 0, ...options }, number(title, { min: 0, ...options }, true, integers));

export const decimal = <const O extends FieldOptions>(title: string, options: O) =>
  field('decimal', title, options, number(title, options, false, 1e12));

export const money = <const O extends FieldOptions>(title: string, options: O) =>
  field('money', title, options, v.pipe(
    number(title, options, false, 999_999_999_999),
    v.check((value) => cents(value) !== null, `${title} must have at most two decimals`),
    v.transform((value) => cents(value) ?? value),
  ));

export const boolean = <const O extends FieldOptions>(title: string, options: O) =>
  never('boolean', title, options, v.boolean(`${title} must be yes or no`), options.initial === true);

export const date = <const O extends FieldOptions>(title: string, options: O) =>
  field('date', title, options, v.pipe(v.string(`${title} must be a date`), v.check(isDate, `${title} must be a date`)));

export const datetime = <const O extends FieldOptions>(title: string, options: O) =>
  field('datetime', title, options, v.pipe(
    v.string(`${title} must be a date and time`),
    v.check(isMoment, `${title} must be a date and time with its zone, such as 2026-01-31T14:30:00Z`),
    v.transform((value) => new Date(value).toISOString()),
  ));

export const time = <const O extends FieldOptions>(title: string, options: O) =>
  field('time', title, options, v.pipe(
    v.string(`${title} must be a time`),
    v.regex(/^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?$/, `${title} must be a time such as 14:30`),
    v.transform((value) => value.slice(0, 5)),
  ));

export const color = <const O extends FieldOptions>(title: string, options: O) =>
  field('color', title, options, v.pipe(v.string(`${title} must be a colour`), v.toLowerCase(), v.regex(/^#[0-9a-f]{6}$/, `${title} must be a colour such as #2563eb`)));

/** Latitude and longitude in degrees, as in `52.52, 13.405`. */
export const geo = <const O extends FieldOptions>(title: string, options: O) =>
  field('geo', title, options, v.pipe(string(title, options, 60), v.check(isPlace, `${title} must be a latitude and a longitude such as 52.52, 13.405`)));

export const json = <const O extends FieldOptions>(title: string, options: O) =>
  field('json', title, options, v.pipe(v.unknown(), v.check(storable, `${title} holds a character that cannot be stored`)));

export const tags = <const O extends FieldOptions>(title: string, options: O) =>
  never('tags', title, options, v.pipe(
    v.array(v.pipe(v.string(`${title} must be texts`), v.trim(), v.minLength(1, `${title} must not be empty texts`), v.check((tag: string) => storable(tag), `${title} holds a character that cannot be stored`), v.maxLength(60, `${title} must have at most 60 characters each`)), `${title} must be a list`),
    v.maxLength(50, `${title} must be at most 50`),
    v.check((list) => !options.required || list.length > 0, `${title} is required`),
    v.transform((list) => [...new Set(list)]),
  ), [] as string[]);

export const choice = <const V extends string, const O extends FieldOptions>(title: string, options: O & { options: readonly V[] }) =>
  ({ ...field('choice', title, options as O, v.picklist(options.options, `${title} must be one of ${options.options.join(', ')}`)), options: options.options });

/** One record of another entity, by id. */
export const reference = <const O extends FieldOptions>(title: string, options: O & { target: string }) =>
  ({ ...field('reference', title, options as O, v.pipe(v.string(`${title} must be chosen`), v.regex(uuid, `${title} must be chosen`))), target: options.target });

/** Any number of records of another entity, by id. */
export const references = <const O extends FieldOptions>(title: string, options: O & { target: string; join: { table: string; from: string; to: string } }) =>
  ({
    ...never('references', title, options as O, v.pipe(
      v.array(v.pipe(v.string(), v.regex(uuid, `${title} must be chosen`)), `${title} must be a list`),
      v.maxLength(500, `${title} must be at most 500`),
      v.check((list) => !options.required || list.length > 0, `${title} is required`),
      v.transform((list) => [...new Set(list)]),
    ), [] as string[]),
    target: options.target,
    join: options.join,
  });
