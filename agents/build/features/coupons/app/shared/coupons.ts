import * as v from 'valibot';

const blank = <T>(schema: v.GenericSchema<unknown, T>) => v.optional(v.pipe(v.unknown(), v.transform((value) => (value === '' || value === undefined ? null : value)), v.nullable(schema)), null);
const amount = (title: string, least: number, most: number) =>
  v.pipe(v.number(`${title} must be a number`), v.minValue(least, `${title} must be ${least} or more`), v.maxValue(most, `${title} must be ${most} or less`), v.check((value) => Math.abs(value * 100 - Math.round(value * 100)) < 1e-4, `${title} must have at most two decimals`));
const moment = (title: string) => v.pipe(v.string(`${title} must be a date and time`), v.check((value) => /^\d{4}-/.test(value) && !Number.isNaN(Date.parse(value)), `${title} must be a date and time`));

/** What a code looks like, however it was typed. */
export const codeOf = (text: string): string => text.trim().toUpperCase();

export const couponInput = v.pipe(
  v.object({
    code: v.pipe(v.string('Code is required'), v.transform(codeOf), v.regex(/^[A-Z0-9-]{3,30}$/, 'Code must be 3 to 30 letters, digits or hyphens')),
    percent: blank(amount('Percent', 0.01, 100)),
    amount: blank(amount('Amount', 0.01, 999_999_999)),
    minimum: v.optional(amount('Minimum', 0, 999_999_999), 0),
    valid_from: blank(moment('Valid from')),
    valid_until: blank(moment('Valid until')),
    max_uses: blank(v.pipe(v.number('Uses must be a number'), v.integer('Uses must be a whole number'), v.minValue(1, 'Uses must be 1 or more'), v.maxValue(1_000_000, 'Uses must be 1000000 or less'))),
    once_per_person: v.optional(v.boolean('Once per person must be yes or no'), false),
  }, 'A coupon is expected'),
  v.forward(v.partialCheck([['percent'], ['amount']], ({ percent, amount: money }) => (percent === null) !== (money === null), 'Give either a percentage or an amount'), ['percent']),
  v.forward(v.partialCheck([['valid_from'], ['valid_until']], ({ valid_from: from, valid_until: until }) => !from || !until || Date.parse(from) < Date.parse(until), 'Valid until must be after valid from'), ['valid_until']),
);

export interface Coupon {
  id: string;
  code: string;
  percent: number | null;
  amount: number | null;
  minimum: number;
  valid_from: string | null;
  valid_until: string | null;
  max_uses: number | null;
  used: number;
  once_per_person: boolean;
  active: boolean;
}
