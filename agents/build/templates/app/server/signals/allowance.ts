/**
 * Lets through `most` a minute for each name. What is known of names is bounded: beyond `names` in
 * one minute, others wait for the next.
 */
export function allowance(most: number, names = 10_000): (name?: string) => boolean {
  const counts = new Map<string, number>();
  let minute = 0;
  return (name = '') => {
    const now = Math.floor(Date.now() / 60_000);
    if (now !== minute) counts.clear();
    minute = now;
    const count = (counts.get(name) ?? 0) + 1;
    if (count > most || (counts.size >= names && !counts.has(name))) return false;
    counts.set(name, count);
    return true;
  };
}
