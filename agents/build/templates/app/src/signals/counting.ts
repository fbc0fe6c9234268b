import { onCLS, onFCP, onINP, onLCP, onTTFB } from 'web-vitals';
import type { Beacon, Metric } from '../../shared/signals';
import type { Surroundings } from '../lib/signals';

function send(beacon: Beacon): void {
  const init = { method: 'POST', keepalive: true, headers: { 'content-type': 'application/json' }, body: JSON.stringify(beacon) };
  fetch('/api/app/signals/counts', init).catch(() => {});
}

/** Browsers that say that their reader does not want to be followed. */
const objects = () => navigator.doNotTrack === '1' || (navigator as { globalPrivacyControl?: boolean }).globalPrivacyControl === true;

/** The site that led here, without saying which of its pages. */
function source(): string {
  const from = URL.canParse(document.referrer) ? new URL(document.referrer) : null;
  return from && from.host !== location.host ? `${from.origin}/` : '';
}

/** Counts pages as they are opened: without a cookie, and without a word about who opens them. */
function views({ place, changed }: Surroundings): void {
  let last = '';
  const look = (referrer: string) => {
    if (location.pathname === last) return;
    last = location.pathname;
    send({ kind: 'view', page: place(), referrer });
  };
  look(source());
  for (const event of ['popstate', changed]) addEventListener(event, () => look(''));
}

/** Measures the visit that began with this page, and tells once it is over or put aside. */
function vitals(page: string): void {
  const values = new Map<string, number>();
  const visit = Math.random().toString(36).slice(2, 14);
  const note = ({ name, value }: { name: Metric; value: number }) => void values.set(name, value);
  for (const on of [onCLS, onFCP, onINP, onLCP, onTTFB]) on(note);
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState !== 'hidden' || values.size === 0) return;
    send({ kind: 'vitals', page, visit, values: Object.fromEntries(values) });
    values.clear();
  });
}

export function count(page: Surroundings): void {
  if (!objects()) views(page);
  vitals(page.place());
}
