/** Translations of the words in `t('…')`, by their English; what is missing stays English. */
export const translations: Readonly<Record<string, string>> = {};
