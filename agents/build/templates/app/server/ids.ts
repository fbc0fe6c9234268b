import { randomUUID } from 'node:crypto';

let last = 0;
let count = 0;

/** A UUIDv7: newer records have larger ids, also those that one process makes within a millisecond. */
export function newId(now = Date.now()): string {
  count = now > last ? 0 : count + 1;
  // When 4096 are not enough for a millisecond, the next one is borrowed from.
  last = Math.max(now, last) + (count > 0xfff ? 1 : 0);
  count &= 0xfff;
  const time = last.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${count.toString(16).padStart(3, '0')}${randomUUID().slice(18)}`;
}
