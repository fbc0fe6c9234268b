import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import process from 'node:process';
import { type Due, type PaymentProvider, ProviderFailed } from './provider';

const whole = new Set(['BIF', 'CLP', 'DJF', 'GNF', 'JPY', 'KMF', 'KRW', 'MGA', 'PYG', 'RWF', 'UGX', 'VND', 'VUV', 'XAF', 'XOF', 'XPF']);
const thousandths = new Set(['BHD', 'JOD', 'KWD', 'OMR', 'TND']);

/** An amount in the smallest unit of its currency, as Stripe counts. */
export function minor(amount: number, currency: string): number {
  if (whole.has(currency)) return Math.round(amount);
  return thousandths.has(currency) ? Math.round(amount * 100) * 10 : Math.round(amount * 100);
}

function session(due: Due, back: string): URLSearchParams {
  return new URLSearchParams({
    mode: 'payment',
    client_reference_id: due.id,
    'metadata[order]': due.id,
    'line_items[0][quantity]': '1',
    'line_items[0][price_data][currency]': due.currency.toLowerCase(),
    'line_items[0][price_data][unit_amount]': String(minor(due.total, due.currency)),
    'line_items[0][price_data][product_data][name]': `Order ${due.number}`,
    success_url: back,
    cancel_url: back,
  });
}

/** Asks Stripe. No message that leaves here holds the key. */
async function ask(key: string, body: URLSearchParams): Promise<{ id: string; url: string }> {
  const base = process.env.STRIPE_API_BASE || 'https://api.stripe.com';
  // The same question is asked once, however often somebody clicks; another total is another question.
  const once = createHash('sha256').update(body.toString()).digest('hex');
  let response: Response;
  try {
    response = await fetch(`${base}/v1/checkout/sessions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'idempotency-key': once },
      body,
      redirect: 'error',
      signal: AbortSignal.timeout(15_000),
    });
  } catch {
    throw new ProviderFailed('The payment provider cannot be reached: try again later');
  }
  const answer = (await response.json().catch(() => null)) as { id?: unknown; url?: unknown; error?: { type?: unknown; code?: unknown } } | null;
  if (response.ok && typeof answer?.id === 'string' && typeof answer.url === 'string') return { id: answer.id, url: answer.url };
  console.error(`stripe answered ${response.status}: ${String(answer?.error?.type ?? 'no reason')} ${String(answer?.error?.code ?? '')}`);
  throw new ProviderFailed('The payment provider did not accept the payment: nothing was charged');
}

/** Stripe Checkout: the buyer pays on Stripe's pages, and a webhook reports it. */
export function stripe(key: string): PaymentProvider {
  return {
    name: 'stripe',
    simulated: key.includes('_test_'),
    async start(due, { back }) {
      if (!process.env.STRIPE_WEBHOOK_SECRET) throw new ProviderFailed('Payments cannot be confirmed: STRIPE_WEBHOOK_SECRET is not set');
      const { id, url } = await ask(key, session(due, back));
      return { state: 'started', reference: id, redirect: url };
    },
  };
}

/** Whether Stripe signed the payload with the secret, within `tolerance` seconds of now. */
export function signed(payload: string, header: string, secret: string, now = Date.now(), tolerance = 300): boolean {
  const parts = header.split(',').map((part) => part.trim().split('=') as [string, string?]);
  const time = parts.find(([name]) => name === 't')?.[1] ?? '';
  if (!/^\d{1,12}$/.test(time) || Math.abs(now / 1_000 - Number(time)) > tolerance) return false;
  const expected = createHmac('sha256', secret).update(`${time}.${payload}`).digest();
  return parts.some(([name, value = '']) => {
    if (name !== 'v1' || !/^[0-9a-f]{64}$/i.test(value)) return false;
    return timingSafeEqual(Buffer.from(value, 'hex'), expected);
  });
}
