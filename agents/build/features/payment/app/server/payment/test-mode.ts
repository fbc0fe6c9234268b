import { randomUUID } from 'node:crypto';
import { testCards } from '../../shared/payment';
import { Refused } from '../http';
import type { PaymentProvider } from './provider';

/** Charges nobody: the number of the card decides what happens. */
export const testMode: PaymentProvider = {
  name: 'test',
  simulated: true,
  start(_due, { card }) {
    const digits = card.replaceAll(/\D/g, '');
    const known = testCards.find(({ number }) => number.replaceAll(' ', '') === digits);
    if (!known) throw new Refused({ card: 'Payment is simulated: use one of the test cards' });
    return Promise.resolve({ state: known.state, reference: `test_${randomUUID()}` });
  },
};
