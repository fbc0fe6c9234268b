import type { About } from './errors';
import { track } from './delivery';
import { providers } from './providers';

/** Tells those who take errors of one that nobody expected; costs the request nothing, and nothing at all where there is nobody. */
export function report(error: unknown, about: About = {}): void {
  if (providers().projects.length === 0) return;
  track(import('./errors').then(({ capture }) => capture(error, about)).catch((broken: unknown) => console.warn('signals:', broken)));
}
