import { places } from '../../shared/orders';
import type { Page } from '../../shared/entity';
import { type OrderRow, statuses } from '../../shared/orders';
import { Empty, Loading, Problem } from '../components/Notice';
import { Pager } from '../components/Pager';
import type { PageProps } from '../feature';
import { formatMoment } from '../lib/format';
import { useLoad } from '../lib/load';
import { Link, navigate, usePlace } from '../lib/router';
import { t } from '../lib/texts';
import { price, statusName } from './words';

/** The reader's orders, or everybody's. */
export function Orders({ page }: PageProps) {
  const { path, query } = usePlace();
  const all = page.kind === 'allorders';
  const wanted = new URLSearchParams(query);
  if (all) wanted.set('all', '1');
  const { data, error } = useLoad<Page<OrderRow>>(`/app/cart/orders?${wanted}`);

  function change(key: string, value: string) {
    const next = new URLSearchParams(query);
    if (key !== 'page') next.delete('page');
    if (value) next.set(key, value);
    else next.delete(key);
    navigate(next.size > 0 ? `${path}?${next}` : path, { replace: key !== 'page' });
  }

  return (
    <section>
      <div className="heading"><h1>{page.title}</h1></div>
      <search className="tools" aria-label={page.title}>
        <label>
          <span>{t('Status')}</span>
          <select value={query.get('status') ?? ''} onChange={(event) => change('status', event.target.value)}>
            <option value="">{t('All')}</option>
            {statuses.map((status) => <option key={status} value={status}>{statusName(status)}</option>)}
          </select>
        </label>
      </search>
      {error ? <Problem>{error}</Problem> : !data ? <Loading /> : data.total === 0 ? <Empty title={t('No orders here yet.')} /> : (
        <>
          <table>
            <thead><tr><th scope="col">{t('Order')}</th><th scope="col">{t('Placed on')}</th><th scope="col">{t('For')}</th><th scope="col">{t('Status')}</th><th scope="col">{t('Total')}</th></tr></thead>
            <tbody>
              {data.items.map((order) => (
                <tr key={order.id}>
                  <td data-label={t('Order')} className="name"><Link href={places.order(order.id)}>{t('Order {number}', { number: order.number })}</Link></td>
                  <td data-label={t('Placed on')}><time dateTime={order.created_at}>{formatMoment(order.created_at)}</time></td>
                  <td data-label={t('For')}>{order.recipient}</td>
                  <td data-label={t('Status')}><span className="badge">{statusName(order.status)}</span></td>
                  <td data-label={t('Total')}>{price(order.total, order.currency)}</td>
                </tr>
              ))}
            </tbody>
          </table>
          <Pager page={data.page} pageSize={data.pageSize} total={data.total} change={(next) => change('page', next > 1 ? String(next) : '')} />
        </>
      )}
    </section>
  );
}
