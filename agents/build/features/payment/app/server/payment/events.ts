import * as v from 'valibot';
import type { PaymentState } from '../../shared/payment';
import { type Tx, withSettings } from '../db';
import { type Kept, keep } from './record';
import { minor } from './stripe';

const event = v.object({
  id: v.pipe(v.string(), v.maxLength(255)),
  type: v.pipe(v.string(), v.maxLength(255)),
  data: v.object({ object: v.unknown() }),
});

const session = v.object({
  id: v.pipe(v.string(), v.maxLength(255)),
  client_reference_id: v.pipe(v.string(), v.uuid()),
  payment_status: v.string(),
  amount_total: v.number(),
  currency: v.string(),
});

type Session = v.InferOutput<typeof session>;

/** What an event says of a payment; null when it says nothing new. */
function stateOf(type: string, { payment_status: status }: Session): PaymentState | null {
  switch (type) {
    case 'checkout.session.completed': return status === 'paid' ? 'paid' : null;
    case 'checkout.session.async_payment_succeeded': return 'paid';
    case 'checkout.session.async_payment_failed': return 'declined';
    case 'checkout.session.expired': return 'expired';
    default: return null;
  }
}

async function apply(tx: Tx, state: PaymentState, found: Session, simulated: boolean): Promise<Kept | null> {
  const [due] = await tx`select total, currency from app_orders where id = ${found.client_reference_id}`;
  if (!due) return null;
  const right = found.currency.toUpperCase() === due.currency && found.amount_total === minor(Number(due.total), String(due.currency));
  return keep(tx, found.client_reference_id, { name: 'stripe', simulated }, { state: state === 'paid' && !right ? 'wrong_amount' : state, reference: found.id });
}

/** Takes up an event whose signature is right; false when it was known already. */
export function received(payload: string, simulated: boolean): Promise<boolean> {
  const given = v.parse(event, JSON.parse(payload));
  return withSettings({ role: 'system' }, async (tx) => {
    const fresh = await tx`insert into app_payment_events ${tx({ id: given.id, kind: given.type })} on conflict do nothing returning id`;
    if (fresh.length === 0) return false;
    const object = v.safeParse(session, given.data.object);
    const state = object.success ? stateOf(given.type, object.output) : null;
    if (object.success && state) await apply(tx, state, object.output, simulated);
    return true;
  });
}
