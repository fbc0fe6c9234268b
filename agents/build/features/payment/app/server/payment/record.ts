import type { PaymentState } from '../../shared/payment';
import type { Tx } from '../db';
import type { Outcome, PaymentProvider } from './provider';

export interface Kept {
  state: PaymentState;
}

/**
 * Keeps what became of a payment, in a transaction of the role `system`. Money for an order that
 * was cancelled or paid meanwhile is owed back. What is paid stays paid, whatever comes later.
 */
export async function keep(tx: Tx, order: string, { name, simulated }: Pick<PaymentProvider, 'name' | 'simulated'>, { state, reference }: Outcome): Promise<Kept> {
  const [due] = await tx`select status, total, currency from app_orders where id = ${order} for update`;
  if (!due) throw new Error(`there is no order ${order} to pay for`);
  await tx`insert into app_payments ${tx({ order_id: order, provider: name, simulated, state: 'started', amount: due.total, currency: due.currency, reference })} on conflict (reference) do nothing`;
  const [before] = await tx<Kept[]>`select state from app_payments where reference = ${reference} for update`;
  const open = before?.state === 'started' || before?.state === 'needs_confirmation';
  if (before && !open) return before;
  const now: PaymentState = state === 'paid' && due.status !== 'placed' ? 'refund_due' : state;
  await tx`update app_payments set state = ${now}, updated_at = now() where reference = ${reference}`;
  if (now === 'paid') await tx`update app_orders set status = 'paid' where id = ${order}`;
  return { state: now };
}
