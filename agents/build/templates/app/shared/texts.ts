/** A translation; of texts about a number by the plural rules of the language, as in `{ one: '{count} Eintrag', other: '{count} Einträge' }`. */
export type Translation = string | ({ other: string } & Partial<Record<Intl.LDMLPluralRule, string>>);

/**
 * Translations of the words in `t('…')` and `tn(…)`, by their English (of a plural the last one);
 * what is missing stays English. `npm run texts` lists what is missing.
 */
export const translations: Readonly<Record<string, Translation>> = {};
