import process from 'node:process';

/** A zone with summer time for all tests, on whatever machine: before their thread begins, as it reads the zone then. */
export default function setup(): void {
  process.env.TZ = 'Europe/Berlin';
}
