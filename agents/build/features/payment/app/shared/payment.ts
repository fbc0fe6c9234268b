import { pages } from './pages';

/** Where the page of an order is. */
export const orderPath = (id: string): string => (pages.find(({ kind }: { kind: string }) => kind === 'order')?.path ?? '/').replace(':id', id);

export const testCards = [
  { number: '4242 4242 4242 4242', state: 'paid' },
  { number: '4000 0000 0000 0002', state: 'declined' },
  { number: '4000 0025 0000 3155', state: 'needs_confirmation' },
] as const;

export type PaymentState = 'started' | 'needs_confirmation' | 'paid' | 'declined' | 'expired' | 'wrong_amount' | 'refund_due' | 'refunded';

export interface Payment {
  id: string;
  state: PaymentState;
  simulated: boolean;
  amount: number;
  currency: string;
  created_at: string;
}

export interface Payments {
  /** Whether a payment that is made now charges nobody. */
  simulated: boolean;
  /** Whether the buyer names a test card here. */
  test: boolean;
  payments: Payment[];
}

/** What became of an attempt; `redirect` is where the buyer pays. */
export interface Attempt {
  state: PaymentState;
  redirect: string | null;
}
