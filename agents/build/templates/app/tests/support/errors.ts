/** What React is told about where an element was made. */
const nowhere = Error('react-stack-top-frame');

/**
 * Errors, but for those by which React's development build notes where each element was made: on
 * whole pages they take longer than the pages. Its warnings then do not say where.
 */
export const unmarked = new Proxy(Error, {
  apply: (target, self, words: [string?]) => (words[0] === nowhere.message ? nowhere : Reflect.apply(target, self, words)),
});
