import { randomUUID } from 'node:crypto';

/** A UUIDv7: newer records have larger ids, so that indexes grow at one end. */
export function newId(now = Date.now()): string {
  const random = randomUUID();
  const time = now.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(15)}`;
}
