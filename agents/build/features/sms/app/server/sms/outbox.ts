import { afterCommit, type Tx, withSettings } from '../db';
import { provider, type Text } from './provider';

const attempts = 5;

/** Keeps a message to somebody, in the transaction that it is about; it is sent after the commit. */
export async function keep(tx: Tx, message: { owner_id: string; phone: string; text: string; secret?: boolean }): Promise<void> {
  const state = provider() ? 'waiting' : 'simulated';
  await tx`insert into app_sms_outbox ${tx({ ...message, state })}`;
  if (state === 'waiting') afterCommit(tx, () => void deliver());
}

/** Takes the next message for 1, 2, 4 … minutes, after which a later run tries again. */
async function claim(): Promise<(Text & { tried: number }) | undefined> {
  const [found] = await withSettings({ role: 'system' }, (tx) => tx<(Text & { tried: number })[]>`
    update app_sms_outbox set attempts = attempts + 1, next_at = now() + make_interval(mins => (2 ^ attempts)::int)
    where id = (select id from app_sms_outbox where state = 'waiting' and next_at <= now() order by next_at limit 1 for update skip locked)
    returning id, phone as to, text, attempts as tried`);
  return found;
}

async function deliverAll(): Promise<void> {
  const by = provider();
  if (!by) return;
  for (let next = await claim(); next; next = await claim()) {
    const { id, to, text, tried } = next;
    const error = await by.send({ id, to, text }).then(() => null, (thrown: unknown) => (thrown instanceof Error ? thrown.message : String(thrown)));
    await withSettings({ role: 'system' }, (tx) => error === null
      ? tx`update app_sms_outbox set state = 'sent', sent_at = now(), error = null, text = case when secret then '' else text end where id = ${id}`
      : tx`update app_sms_outbox set state = ${tried >= attempts ? 'failed' : 'waiting'}, error = ${error.slice(0, 500)} where id = ${id}`);
  }
}

let running: Promise<void> = Promise.resolve();

/** Sends what waits and is due, one run after the other. */
export function deliver(): Promise<void> {
  running = running.then(deliverAll).catch((error: unknown) => console.error('sms:', error));
  return running;
}
