import { buildId } from '../build';
import { allowance } from './allowance';
import { sendEnvelope } from './envelopes';
import { type About, envelope } from './event';
import { environment, providers } from './providers';

const mostInAMinute = allowance(60);

/** Tells those who take errors of one that nobody expected; no request waits for it, and it throws nothing. */
export function report(error: unknown, about: About = {}): void {
  if (providers().projects.length === 0 || !mostInAMinute()) return;
  try {
    sendEnvelope(envelope(error, about, { release: buildId, environment: environment() }));
  } catch (broken) {
    // Whatever was thrown, even something that cannot be made a text, has had its answer.
    console.warn('signals: an error could not be told:', broken);
  }
}
