import { useSyncExternalStore } from 'react';
import type { User } from '../../shared/entity';
import type { Cart } from '../../shared/orders';
import { ApiError, call } from '../lib/api';

interface Carried {
  product: string;
  quantity: number;
}

const key = 'cart';
const listeners = new Set<() => void>();
let cart: Cart | null = null;

/** What a guest has put into the cart: kept by the browser until there is an account. */
function carried(): Carried[] {
  try {
    const lines: unknown = JSON.parse(localStorage.getItem(key) ?? '[]');
    return Array.isArray(lines) ? (lines as Carried[]) : [];
  } catch {
    return [];
  }
}

function carry(lines: Carried[]): void {
  try {
    if (lines.length > 0) localStorage.setItem(key, JSON.stringify(lines));
    else localStorage.removeItem(key);
  } catch {
    // Without storage a guest's cart lasts as long as the page.
  }
}

function show(next: Cart): Cart {
  cart = next;
  for (const listener of listeners) listener();
  return next;
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The cart as the server saw it last; null before. */
export const useCart = (): Cart | null => useSyncExternalStore(subscribe, () => cart, () => null);

const look = async (lines: Carried[]): Promise<Cart> => (lines.length > 0 ? call<Cart>('/app/cart/look', { method: 'POST', body: { lines } }) : { lines: [], subtotal: 0 });

/** Puts what somebody carried as a guest into their own cart; what is sold out by now stays behind. */
async function bring(): Promise<void> {
  const lines = carried();
  // Before the first question, so that nobody brings the same again meanwhile.
  carry([]);
  for (const [index, line] of lines.entries()) {
    await call('/app/cart', { method: 'POST', body: line }).catch((error: unknown) => {
      if (error instanceof ApiError && error.status >= 400 && error.status < 500) return;
      carry(lines.slice(index));
      throw error;
    });
  }
}

export async function refresh(user: User | null): Promise<Cart> {
  if (!user) return show(await look(carried()));
  if (carried().length > 0) await bring();
  return show(await call<Cart>('/app/cart'));
}

export async function add(user: User | null, product: string): Promise<Cart> {
  if (user) return show(await call<Cart>('/app/cart', { method: 'POST', body: { product, quantity: 1 } }));
  const lines = carried();
  const line = lines.find((each) => each.product === product);
  const next = line ? lines.map((each) => (each === line ? { product, quantity: Math.min(999, line.quantity + 1) } : each)) : [...lines, { product, quantity: 1 }];
  const seen = await look(next);
  carry(next);
  return show(seen);
}

export async function put(user: User | null, product: string, quantity: number): Promise<Cart> {
  if (user) return show(await call<Cart>(`/app/cart/${product}`, { method: 'PATCH', body: { quantity } }));
  const next = carried().map((line) => (line.product === product ? { product, quantity } : line)).filter((line) => line.quantity > 0);
  const seen = await look(next);
  carry(next);
  return show(seen);
}
