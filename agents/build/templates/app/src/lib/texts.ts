import { translations } from '../../shared/texts';

/**
 * The words of the app in its language: `t('Log in')`, `t('{count} entries', { count: 3 })`.
 * English is written where it is shown; `shared/texts.ts` holds what it is in another language.
 */
export function t(text: string, values: Record<string, string | number> = {}): string {
  return (translations[text] ?? text).replaceAll(/\{(\w+)\}/g, (whole, key: string) => String(values[key] ?? whole));
}
