import { setTimeout as wait } from 'node:timers/promises';

/** One request to somebody who takes signals; `to` names them, for nobody else's failures. */
export interface Outgoing {
  url: string;
  headers: Record<string, string>;
  body: string;
}

const patience = 3_000;
const mostAtOnce = 32;
const longestPause = 3_600;
const firstPause = 5;

const underway = new Set<Promise<unknown>>();
let open = 0;

interface Pause {
  until: number;
  /** Seconds of the next pause, when it still does not answer. */
  next: number;
}

const pauses = new Map<string, Pause>();
const place = (url: string) => url.split('?', 1)[0] ?? url;

/** Seconds until somebody may be called again; 0 when at once. */
export const paused = (url: string): number => Math.max(0, Math.ceil(((pauses.get(place(url))?.until ?? 0) - Date.now()) / 1_000));

/** Keeps the process from ending before `work` has, as far as `settled` waits for it. */
export function track(work: Promise<unknown>): void {
  const done = work.catch(() => {}).finally(() => underway.delete(done));
  underway.add(done);
}

/** Settles when nothing is being sent any more, and after these seconds at the latest. */
export async function settled(seconds = 2): Promise<void> {
  const late = wait(seconds * 1_000, 'late', { ref: false });
  while (underway.size > 0) if ((await Promise.race([Promise.all(underway), late])) === 'late') return;
}

/**
 * Sends without being waited for. Whoever is busy, does not answer or says that it is too much is
 * left alone for a while, and what there would be to send meanwhile is lost: an app is not there
 * to be watched.
 */
export function send(out: Outgoing): void {
  if (open >= mostAtOnce || paused(out.url) > 0) return;
  open += 1;
  track(post(out).finally(() => (open -= 1)));
}

async function post({ url, headers, body }: Outgoing): Promise<void> {
  try {
    const response = await fetch(url, { method: 'POST', headers, body, redirect: 'error', signal: AbortSignal.timeout(patience) });
    await response.body?.cancel();
    const seconds = asked(response);
    if (seconds > 0) pause(url, seconds, `it answered ${response.status}`);
    else pauses.delete(place(url));
  } catch (error) {
    pause(url, pauses.get(place(url))?.next ?? firstPause, error instanceof Error ? error.message : String(error));
  }
}

/** Seconds that an answer asks to be left alone for, in the words of HTTP or of Sentry. */
function asked(response: Response): number {
  const limits = response.headers.get('x-sentry-rate-limits')?.split(',') ?? [];
  const told = limits.map((limit) => limit.trim().split(':'))
    .filter(([, categories = '']) => categories === '' || categories.split(';').some((each) => each === 'error' || each === 'default'))
    .map(([seconds]) => Number(seconds));
  const busy = response.status === 429 || response.status >= 500;
  const header = Number(response.headers.get('retry-after') ?? Number.NaN);
  const seconds = Math.max(0, ...told.filter(Number.isFinite), busy ? (Number.isFinite(header) ? header : 60) : 0);
  return Math.min(longestPause, seconds);
}

function pause(url: string, seconds: number, why: string): void {
  if (!pauses.has(place(url))) console.warn(`signals: nothing goes to ${new URL(url).host} for ${seconds} s: ${why}`);
  pauses.set(place(url), { until: Date.now() + seconds * 1_000, next: Math.min(60, seconds * 2) });
}
