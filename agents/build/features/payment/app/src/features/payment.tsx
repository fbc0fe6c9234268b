import { type FormEvent, useState } from 'react';
import { type Attempt, type Payment, type Payments, type PaymentState, testCards } from '../../shared/payment';
import { Loading, Problem } from '../components/Notice';
import type { ClientFeature, OrderProps } from '../feature';
import { ApiError, call, messageOf } from '../lib/api';
import { formatMoment, formatMoney } from '../lib/format';
import { useLoad } from '../lib/load';
import { useSession } from '../lib/session';
import { t } from '../lib/texts';

const words = (): Readonly<Record<PaymentState, string>> => ({
  started: t('Begun: it counts as soon as the provider reports it'),
  needs_confirmation: t('Needs a confirmation'),
  paid: t('Paid'),
  declined: t('Declined'),
  expired: t('Not finished in time'),
  wrong_amount: t('Another amount than that of the order'),
  refund_due: t('Paid, and to be refunded'),
  refunded: t('Refunded'),
});

const cards = () => [
  t('{number} is paid', { number: testCards[0].number }),
  t('{number} is declined', { number: testCards[1].number }),
  t('{number} needs a confirmation', { number: testCards[2].number }),
].join('; ');

/** Below an order: what was paid, and paying. */
function Paying({ order, reload }: OrderProps) {
  const { user } = useSession();
  const path = `/app/payment/${order.id}`;
  const { data, error, reload: again } = useLoad<Payments>(path);
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);

  async function send(suffix: string, body: object) {
    setBusy(true);
    setProblem(null);
    try {
      const attempt = await call<Attempt | undefined>(`${path}${suffix}`, { method: 'POST', body });
      if (attempt?.redirect) return location.assign(attempt.redirect);
      if (attempt?.state === 'declined') setProblem(t('The card was declined.'));
    } catch (thrown) {
      setProblem((thrown instanceof ApiError && thrown.errors.card) || messageOf(thrown));
    }
    setBusy(false);
    again();
    reload();
  }

  const owed = data?.payments.some(({ state }) => state === 'refund_due' || state === 'wrong_amount');
  return (
    <section className="card panel" aria-labelledby="payment">
      <h2 id="payment">{t('Payment')}</h2>
      {error ? <Problem>{error}</Problem> : !data ? <Loading /> : (
        <>
          {data.simulated ? <p><strong className="badge">{t('Simulated payment')}</strong> {t('No money moves.')}</p> : null}
          <Made payments={data.payments} />
          {problem ? <Problem>{problem}</Problem> : null}
          {order.status === 'placed' && order.mine ? (
            data.payments.at(-1)?.state === 'needs_confirmation' ? (
              <p className="actions">
                <button type="button" disabled={busy} onClick={() => void send('/confirm', { agreed: true })}>{t('Confirm the payment')}</button>
                <button type="button" className="quiet" disabled={busy} onClick={() => void send('/confirm', { agreed: false })}>{t('Refuse it')}</button>
              </p>
            ) : <Pay order={order} test={data.test} busy={busy} pay={(card) => void send('', { card })} />
          ) : null}
          {owed && user?.role === 'admin' ? <p className="actions"><button type="button" className="quiet" disabled={busy} onClick={() => void send('/refunded', {})}>{t('Mark as refunded')}</button></p> : null}
        </>
      )}
    </section>
  );
}

function Made({ payments }: { payments: Payment[] }) {
  if (payments.length === 0) return null;
  return (
    <ul className="recent">
      {payments.map((payment) => (
        <li key={payment.id}>
          {words()[payment.state]}{payment.simulated ? ` (${t('simulated')})` : ''}: {formatMoney(payment.amount)} {payment.currency}, <time dateTime={payment.created_at}>{formatMoment(payment.created_at)}</time>
        </li>
      ))}
    </ul>
  );
}

function Pay({ order, test, busy, pay }: { order: OrderProps['order']; test: boolean; busy: boolean; pay: (card: string) => void }) {
  const label = t('Pay {amount}', { amount: `${formatMoney(order.total)} ${order.currency}` });
  if (!test) return <p className="actions"><button type="button" disabled={busy} onClick={() => pay('')}>{label}</button></p>;

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    pay(String(new FormData(event.currentTarget).get('card') ?? ''));
  }

  return (
    <form className="form" onSubmit={submit}>
      <div className="control">
        <label htmlFor="card">{t('Test card')}</label>
        <input id="card" name="card" inputMode="numeric" autoComplete="off" maxLength={40} required aria-describedby="card-help" defaultValue={testCards[0].number} />
        <p id="card-help" className="help">{cards()}</p>
      </div>
      <div className="actions"><button type="submit" disabled={busy}>{label}</button></div>
    </form>
  );
}

/** Paying for orders. */
export const feature: ClientFeature = { Order: Paying };
