import * as v from 'valibot';
import { pages } from './pages';

const path = (wanted: string): string => pages.find(({ kind }: { kind: string }) => kind === wanted)?.path ?? '/';

/** Where the pages of the shop are. */
export const places = { cart: path('cart'), checkout: path('checkout'), orders: path('orders'), all: path('allorders'), order: (id: string) => path('order').replace(':id', id) };

export const statuses = ['placed', 'paid', 'shipped', 'delivered', 'cancelled'] as const;
export type Status = (typeof statuses)[number];

const steps: Readonly<Record<Status, readonly Status[]>> = {
  placed: ['paid', 'cancelled'],
  paid: ['shipped', 'cancelled'],
  shipped: ['delivered'],
  delivered: [],
  cancelled: [],
};

/** Where an order may go: buyers cancel what is not paid, the rest is for administrators. */
export const nextSteps = (status: Status, admin: boolean): readonly Status[] => (admin ? steps[status] : status === 'placed' ? ['cancelled'] : []);

const text = (title: string, longest: number) => v.pipe(v.string(`${title} is required`), v.trim(), v.minLength(1, `${title} is required`), v.maxLength(longest, `${title} must have at most ${longest} characters`));

/** What an order needs to know besides the cart. */
export const orderInput = v.object({
  recipient: text('Name', 200),
  address: text('Address', 1_000),
  note: v.optional(v.nullable(v.pipe(v.string('Note must be a text'), v.trim(), v.maxLength(1_000, 'Note must have at most 1000 characters'))), null),
});

const uuid = v.pipe(v.string('The product is missing'), v.uuid('There is no such product'));
const whole = v.pipe(v.number('Quantity must be a number'), v.integer('Quantity must be a whole number'), v.maxValue(999, 'Quantity must be 999 or less'));

export const lineInput = v.object({ product: uuid, quantity: v.pipe(whole, v.minValue(1, 'Quantity must be 1 or more')) });
export const linesInput = v.object({ lines: v.pipe(v.array(lineInput), v.maxLength(100, 'There are too many lines')) });
/** 0 takes the product out of the cart. */
export const quantityInput = v.object({ quantity: v.pipe(whole, v.minValue(0, 'Quantity must be 0 or more')) });

export interface Line {
  product: string;
  /** Null when it is not offered any more. */
  title: string | null;
  image: string | null;
  price: number | null;
  quantity: number;
  total: number | null;
  /** How many there are; null when they are not counted. */
  left: number | null;
}

export interface Cart {
  lines: Line[];
  subtotal: number;
}

export interface Totals {
  subtotal: number;
  discount: number;
  total: number;
}

export interface OrderRow extends Totals {
  id: string;
  number: number;
  status: Status;
  currency: string;
  recipient: string;
  created_at: string;
  mine: boolean;
}

export interface OrderDetail extends OrderRow {
  address: string;
  note: string | null;
  lines: { product: string | null; title: string; price: number; quantity: number; total: number }[];
}
