import { paused, send } from './delivery';
import { providers } from './providers';

/** Passes an envelope on to everyone who takes errors, under the name that each knows the app by. */
export function sendEnvelope(envelope: string): void {
  const end = envelope.indexOf('\n');
  const header = JSON.parse(envelope.slice(0, end)) as Record<string, unknown>;
  for (const { dsn, envelopes } of providers().projects) {
    const body = `${JSON.stringify({ ...header, dsn })}${envelope.slice(end)}`;
    send({ url: envelopes, headers: { 'content-type': 'application/x-sentry-envelope' }, body });
  }
}

/** Whether these are errors as Sentry's SDKs send them, and nothing else. */
export function isErrors(envelope: string): boolean {
  const [header, item] = envelope.split('\n', 2).map((line) => {
    try {
      return JSON.parse(line) as unknown;
    } catch {
      return null;
    }
  });
  return typeof header === 'object' && header !== null && typeof item === 'object' && item !== null && 'type' in item && item.type === 'event';
}

/** Seconds until an error has somewhere to go; 0 when at once. */
export const busy = (): number => Math.min(...providers().projects.map(({ envelopes }) => paused(envelopes)));
