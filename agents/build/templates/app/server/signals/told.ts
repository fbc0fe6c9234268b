import { track } from './delivery';

/** Seconds after which is asked again; an answer that did not come is asked for sooner. */
const [usually, sooner] = [600, 60];
const patience = 3_000;
const mostBytes = 10_000;

let from = '';
let variables: Record<string, string> = {};
let again = 0;

/** What Genesis has said of a variable; "" for nothing. */
export const told = (name: string): string => variables[name] ?? '';

/**
 * Asks Genesis who was set up for this app since it was deployed. Never waited for: what is
 * sent before the answer goes to those who are known already.
 */
export function ask(url: string): void {
  if (url !== from) [from, variables, again] = [url, {}, 0];
  if (Date.now() < again) return;
  again = Date.now() + usually * 1_000;
  track(answer(url).then((found) => {
    if (url === from) variables = found;
  }, () => {
    again = Date.now() + sooner * 1_000;
  }));
}

async function answer(url: string): Promise<Record<string, string>> {
  const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(patience) });
  const text = await response.text();
  if (!response.ok || text.length > mostBytes) throw new Error(`it answered ${response.status}`);
  const found = JSON.parse(text) as unknown;
  if (typeof found !== 'object' || found === null) throw new Error('it answered something else');
  return Object.fromEntries(Object.entries(found).filter((each): each is [string, string] => typeof each[1] === 'string'));
}
