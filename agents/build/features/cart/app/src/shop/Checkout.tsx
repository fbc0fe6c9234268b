import { type FormEvent, useEffect, useRef, useState } from 'react';
import * as v from 'valibot';
import { type Errors, errorsOf } from '../../shared/entity';
import { sold } from '../../shared/features/cart';
import { places, type OrderDetail, orderInput, type Totals } from '../../shared/orders';
import { Empty, Loading, Problem } from '../components/Notice';
import { Checkouts } from '../components/Slots';
import type { PageProps } from '../feature';
import { ApiError, call, messageOf } from '../lib/api';
import { Link, navigate } from '../lib/router';
import { useSession } from '../lib/session';
import { t } from '../lib/texts';
import { price } from './words';
import { refresh, useCart } from './store';

/** Makes an order of the cart; guests are asked for an account first. */
export function Checkout({ page }: PageProps) {
  const { user, known } = useSession();
  const cart = useCart();
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => {
    if (known) refresh(user).catch((thrown: unknown) => setProblem(messageOf(thrown)));
  }, [known, user]);
  const next = encodeURIComponent(places.checkout);
  return (
    <section className="narrow">
      <h1>{page.title}</h1>
      {problem ? <Problem>{problem}</Problem> : null}
      {!known || !cart ? (problem ? null : <Loading />) : cart.lines.length === 0 ? <Empty title={t('The cart is empty.')} /> : user ? <Form subtotal={cart.subtotal} /> : (
        <div className="card">
          <p>{t('To order you need an account. What is in your cart stays there.')}</p>
          <p className="actions">
            <Link href={`/signup?next=${next}`} className="button">{t('Create an account')}</Link>
            <Link href={`/login?next=${next}`} className="button quiet">{t('I have an account')}</Link>
          </p>
        </div>
      )}
    </section>
  );
}

const values = (form: HTMLFormElement | null): Record<string, unknown> => (form ? Object.fromEntries(new FormData(form)) : {});

function Form({ subtotal }: { subtotal: number }) {
  const { user } = useSession();
  const form = useRef<HTMLFormElement>(null);
  const [errors, setErrors] = useState<Errors>({});
  const [totals, setTotals] = useState<Totals>({ subtotal, discount: 0, total: subtotal });
  const [busy, setBusy] = useState(false);

  function refuse(thrown: unknown) {
    const fields = thrown instanceof ApiError ? thrown.errors : {};
    setErrors(Object.keys(fields).length > 0 ? fields : { _form: messageOf(thrown) });
  }

  async function look() {
    try {
      setTotals(await call<Totals>('/app/cart/preview', { method: 'POST', body: values(form.current) }));
      setErrors({});
    } catch (thrown) {
      refuse(thrown);
    }
  }

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const body = values(event.currentTarget);
    const input = v.safeParse(orderInput, body);
    if (!input.success) return setErrors(errorsOf(input.issues));
    setBusy(true);
    try {
      const order = await call<OrderDetail>('/app/cart/orders', { method: 'POST', body });
      await refresh(user);
      navigate(places.order(order.id));
    } catch (thrown) {
      refuse(thrown);
      setBusy(false);
    }
  }

  return (
    <form ref={form} className="card form" onSubmit={(event) => void submit(event)} noValidate>
      {errors._form ? <Problem>{errors._form}</Problem> : null}
      <Text name="recipient" label={t('Name')} value={user?.name ?? ''} autoComplete="name" error={errors.recipient} />
      <Text name="address" label={t('Address')} rows={4} autoComplete="street-address" error={errors.address} />
      <Text name="note" label={t('Note')} rows={2} autoComplete="off" optional error={errors.note} />
      <Checkouts errors={errors} refresh={() => void look()} />
      <Sums totals={totals} currency={sold.currency} />
      <div className="actions"><button type="submit" disabled={busy}>{t('Place the order')}</button></div>
    </form>
  );
}

/** What an order comes to. */
export function Sums({ totals, currency }: { totals: Totals; currency: string }) {
  return (
    <dl className="facts" aria-live="polite">
      {totals.discount > 0 ? (
        <>
          <div><dt>{t('Products')}</dt><dd>{price(totals.subtotal, currency)}</dd></div>
          <div><dt>{t('Discount')}</dt><dd>{price(-totals.discount, currency)}</dd></div>
        </>
      ) : null}
      <div><dt>{t('Total')}</dt><dd><strong>{price(totals.total, currency)}</strong></dd></div>
    </dl>
  );
}

interface TextProps {
  name: string;
  label: string;
  value?: string;
  rows?: number;
  autoComplete: string;
  optional?: boolean;
  error: string | undefined;
}

function Text({ name, label, value = '', rows = 1, autoComplete, optional = false, error }: TextProps) {
  const common = { id: `order-${name}`, name, defaultValue: value, autoComplete, 'aria-required': !optional, 'aria-invalid': error !== undefined, ...(error ? { 'aria-describedby': `order-${name}-error` } : {}) };
  return (
    <div className="control">
      <label htmlFor={`order-${name}`}>{label}</label>
      {optional ? null : <span className="required" aria-hidden="true">{t('required')}</span>}
      {rows > 1 ? <textarea rows={rows} {...common} /> : <input {...common} />}
      {error ? <p id={`order-${name}-error`} className="error" role="alert">{error}</p> : null}
    </div>
  );
}
