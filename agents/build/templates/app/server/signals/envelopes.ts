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

function object(line: string): Record<string, unknown> | null {
  try {
    const value = JSON.parse(line) as unknown;
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

/** Whether this is one error as Sentry's SDKs send it, and nothing else: with the app's key more could be done than that. */
export function isError(envelope: string): boolean {
  const lines = envelope.trimEnd().split('\n', 4).map(object);
  return lines.length === 3 && lines.every((line) => line !== null) && lines[1]?.type === 'event';
}

/** Seconds until an error has somewhere to go; 0 when at once. */
export const busy = (): number => Math.min(...providers().projects.map(({ envelopes }) => paused(envelopes)));
