import { locale } from '../../shared/app';
import { translations } from '../../shared/texts';

type Values = Record<string, string | number>;

const fill = (text: string, values: Values) => text.replaceAll(/\{(\w+)\}/g, (whole, key: string) => String(values[key] ?? whole));

/**
 * The words of the app in its language: `t('Log in')`, `t('Welcome, {name}', { name })`.
 * English is written where it is shown; `shared/texts.ts` holds what it is in another language.
 */
export function t(text: string, values: Values = {}): string {
  const found = translations[text];
  return fill(typeof found === 'string' ? found : (found?.other ?? text), values);
}

const english = new Intl.PluralRules('en');
const own = new Intl.PluralRules(locale);

/** The words for a number of things: `tn(3, '{count} entry', '{count} entries')`. */
export function tn(count: number, one: string, other: string, values: Values = {}): string {
  const found = translations[other];
  const text = typeof found === 'object' ? (found[own.select(count)] ?? found.other) : (found ?? (english.select(count) === 'one' ? one : other));
  return fill(text, { count: new Intl.NumberFormat(locale).format(count), ...values });
}
