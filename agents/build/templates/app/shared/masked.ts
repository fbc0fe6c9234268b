const longest = 2_000;

/** The beginning of an error's message, without what may name a person or open a door: e-mail addresses, long tokens. */
export const masked = (text: string) => text.slice(0, longest).replaceAll(/[^\s@"'<>()=,;:]{1,64}@[^\s@"'<>()=,;:]+/g, '[e-mail]').replaceAll(/\b(?=\w*\d)[\w-]{24,}\b/g, '[token]');
