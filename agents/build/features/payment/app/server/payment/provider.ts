import type { PaymentState } from '../../shared/payment';

/** An order to pay for; `total` is exact to two decimals. */
export interface Due {
  id: string;
  number: number;
  total: number;
  currency: string;
}

export interface Outcome {
  state: PaymentState;
  /** What the provider calls this payment. */
  reference: string;
  /** Where the buyer goes on, at the provider. */
  redirect?: string;
}

export interface Request {
  /** Only of test cards: those of people never come to this server. */
  card: string;
  /** The address of the order's page. */
  back: string;
}

/** Somebody who takes money. */
export interface PaymentProvider {
  name: 'test' | 'stripe';
  simulated: boolean;
  start: (due: Due, request: Request) => Promise<Outcome>;
}

/** The provider did not do what it was asked; the message can be shown. */
export class ProviderFailed extends Error {}
