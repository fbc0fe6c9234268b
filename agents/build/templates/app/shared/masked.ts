/** A message of an error without what may name a person or open a door: e-mail addresses, long tokens. */
export const masked = (text: string) => text.replaceAll(/[^\s@"'<>()=,;:]+@[^\s@"'<>()=,;:]+/g, '[e-mail]').replaceAll(/\b(?=\w*\d)[\w-]{24,}\b/g, '[token]');
