import type { Wanted } from '../../shared/signals';
import type { Surroundings } from '../lib/signals';
import { count } from './counting';
import { watch } from './errors';

/** Watches the page from now on. */
export function start(wanted: Wanted, page: Surroundings): void {
  if (wanted.errors) watch(wanted, page);
  if (wanted.counts) count(page);
}
