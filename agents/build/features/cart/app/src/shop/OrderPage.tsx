import { useState } from 'react';
import { sold } from '../../shared/features/cart';
import { places, nextSteps, type OrderDetail, type Status } from '../../shared/orders';
import { links } from '../../shared/pages';
import { Confirm } from '../components/Confirm';
import { Loading, Problem } from '../components/Notice';
import { Orders as Parts } from '../components/Slots';
import type { PageProps } from '../feature';
import { call, messageOf } from '../lib/api';
import { formatMoment, formatNumber } from '../lib/format';
import { useLoad } from '../lib/load';
import { Link } from '../lib/router';
import { useSession } from '../lib/session';
import { t } from '../lib/texts';
import { NotFound } from '../pages/NotFound';
import { Sums } from './Checkout';
import { price, statusName } from './words';

/** One order: what was bought, where it is, and what may happen to it. */
export function OrderPage({ id }: PageProps) {
  const { data: order, error, status, reload } = useLoad<OrderDetail>(`/app/cart/orders/${encodeURIComponent(id)}`);
  if (status === 404) return <NotFound />;
  if (error) return <Problem>{error}</Problem>;
  if (!order) return <Loading />;
  return (
    <article>
      <div className="heading">
        <div>
          <Link href={order.mine ? places.orders : places.all} className="back">{order.mine ? t('My orders') : t('All orders')}</Link>
          <h1>{t('Order {number}', { number: order.number })}</h1>
          <p className="marks"><span className="badge">{statusName(order.status)}</span> <time dateTime={order.created_at}>{formatMoment(order.created_at)}</time></p>
        </div>
        <Steps order={order} reload={reload} />
      </div>
      <table>
        <thead><tr><th scope="col">{t('Product')}</th><th scope="col">{t('Price')}</th><th scope="col">{t('Quantity')}</th><th scope="col">{t('Total')}</th></tr></thead>
        <tbody>
          {order.lines.map((line, index) => (
            <tr key={index}>
              <td data-label={t('Product')} className="name">{line.product ? <Link href={links[sold.entity]?.detail(line.product) ?? '/'}>{line.title}</Link> : line.title}</td>
              <td data-label={t('Price')}>{price(line.price, order.currency)}</td>
              <td data-label={t('Quantity')}>{formatNumber(line.quantity)}</td>
              <td data-label={t('Total')}>{price(line.total, order.currency)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <div className="card panel">
        <Sums totals={order} currency={order.currency} />
        <dl className="facts">
          <div><dt>{t('For')}</dt><dd>{order.recipient}</dd></div>
          <div><dt>{t('Address')}</dt><dd className="prose">{order.address}</dd></div>
          {order.note ? <div><dt>{t('Note')}</dt><dd className="prose">{order.note}</dd></div> : null}
        </dl>
      </div>
      <Parts order={order} reload={reload} />
    </article>
  );
}

const verb = (to: Status): string =>
  ({ placed: t('Place'), paid: t('Mark as paid'), shipped: t('Mark as shipped'), delivered: t('Mark as delivered'), cancelled: t('Cancel the order') })[to];

function Steps({ order, reload }: { order: OrderDetail; reload: () => void }) {
  const { user } = useSession();
  const [asked, setAsked] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);

  async function go(to: Status) {
    setBusy(true);
    try {
      await call(`/app/cart/orders/${order.id}/steps`, { method: 'POST', body: { to } });
      setProblem(null);
    } catch (thrown) {
      setProblem(messageOf(thrown));
    }
    setBusy(false);
    setAsked(false);
    reload();
  }

  return (
    <div className="actions">
      {problem ? <Problem>{problem}</Problem> : null}
      {nextSteps(order.status, user?.role === 'admin').map((to) => (
        <button key={to} type="button" className={to === 'cancelled' ? 'quiet danger' : ''} disabled={busy} onClick={() => (to === 'cancelled' ? setAsked(true) : void go(to))}>{verb(to)}</button>
      ))}
      {asked ? <Confirm title={t('Cancel order {number}?', { number: order.number })} text={t('This cannot be undone.')} action={t('Cancel the order')} busy={busy} onConfirm={() => void go('cancelled')} onCancel={() => setAsked(false)} /> : null}
    </div>
  );
}
