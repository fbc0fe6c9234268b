import { pages } from '../../shared/pages';
import { elsewhere, type Wanted } from '../../shared/signals';
import { changed, match } from './router';

/** What the part that is loaded later needs of this one: it imports nothing, so that it works where the page did not even start. */
export interface Surroundings {
  /** The page that is open, by its pattern. */
  place: () => string;
  /** The event of another page being opened without a new document. */
  changed: string;
  /** What went wrong before there was anybody to tell. */
  early: readonly unknown[];
}

const place = () => pages.find(({ path }) => match(path, location.pathname))?.path ?? elsewhere;

const most = 10;
let begun = false;

const early: unknown[] = [];

function remember(event: ErrorEvent | PromiseRejectionEvent): void {
  // A page that did not even start has asked the server for nothing yet.
  if (early.length === 0) setTimeout(() => !begun && void fetch('/api/auth/me').then(heard).catch(() => {}), 2_000);
  if (early.length < most) early.push('reason' in event ? event.reason : event.error);
}

if (typeof window !== 'undefined') {
  addEventListener('error', remember);
  addEventListener('unhandledrejection', remember);
}

function stop(): void {
  removeEventListener('error', remember);
  removeEventListener('unhandledrejection', remember);
}

/** When the browser has nothing else to do: what is watched comes before who watches. */
function idle(work: () => void): void {
  if ('requestIdleCallback' in window) requestIdleCallback(work, { timeout: 3_000 });
  else setTimeout(work, 1_000);
}

/** Looks at an answer of the server: the first that names somebody who takes signals sets them off. */
export function heard({ headers }: Response): void {
  const told = begun ? null : headers.get('x-signals');
  if (!told) return;
  begun = true;
  const wanted = JSON.parse(told) as Wanted;
  // Without this part the page works as well.
  idle(() => void import('../signals').then(({ start }) => start(wanted, { place, changed, early })).finally(stop).catch(() => {}));
}
