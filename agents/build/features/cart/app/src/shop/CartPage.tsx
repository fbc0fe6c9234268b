import { useEffect, useState } from 'react';
import { sold } from '../../shared/features/cart';
import { links } from '../../shared/pages';
import { places, type Line } from '../../shared/orders';
import { Empty, Loading, Problem } from '../components/Notice';
import type { PageProps } from '../feature';
import { messageOf } from '../lib/api';
import { Link } from '../lib/router';
import { useSession } from '../lib/session';
import { t } from '../lib/texts';
import { price } from './words';
import { put, refresh, useCart } from './store';

/** What is in the cart, with today's prices. */
export function CartPage({ page }: PageProps) {
  const { user, known } = useSession();
  const cart = useCart();
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => {
    if (known) refresh(user).catch((thrown: unknown) => setProblem(messageOf(thrown)));
  }, [known, user]);

  async function change(line: Line, quantity: number) {
    try {
      await put(user, line.product, quantity);
      setProblem(null);
    } catch (thrown) {
      setProblem(messageOf(thrown));
    }
  }

  const shop = links[sold.entity]?.list ?? '/';
  return (
    <section>
      <div className="heading"><h1>{page.title}</h1></div>
      {problem ? <Problem>{problem}</Problem> : null}
      {!cart ? (problem ? null : <Loading />) : cart.lines.length === 0 ? <Empty title={t('The cart is empty.')}><Link href={shop}>{t('Look around')}</Link></Empty> : (
        <>
          <table>
            <thead><tr><th scope="col">{t('Product')}</th><th scope="col">{t('Price')}</th><th scope="col">{t('Quantity')}</th><th scope="col">{t('Total')}</th><th scope="col"><span className="unseen">{t('Remove')}</span></th></tr></thead>
            <tbody>{cart.lines.map((line) => <CartLine key={line.product} line={line} change={change} />)}</tbody>
          </table>
          <div className="pager">
            <strong>{t('Total: {total}', { total: price(cart.subtotal, sold.currency) })}</strong>
            <Link href={places.checkout} className="button">{t('Check out')}</Link>
          </div>
        </>
      )}
    </section>
  );
}

function CartLine({ line, change }: { line: Line; change: (line: Line, quantity: number) => Promise<void> }) {
  const title = line.title ?? t('Not offered any more');
  const short = line.left !== null && line.left < line.quantity;
  return (
    <tr>
      <td data-label={t('Product')} className="name">
        <span>
          {line.image ? <img src={line.image} alt="" className="thumb" loading="lazy" /> : null}{' '}
          {line.title === null ? title : <Link href={links[sold.entity]?.detail(line.product) ?? '/'}>{title}</Link>}
          {short ? <span role="alert" className="error">{' '}{line.left ? t('Only {left} left', { left: line.left }) : t('Sold out')}</span> : null}
        </span>
      </td>
      <td data-label={t('Price')}>{line.price === null ? '–' : price(line.price, sold.currency)}</td>
      <td data-label={t('Quantity')}>
        <input
          key={line.quantity}
          type="number"
          min={1}
          max={Math.max(1, Math.min(999, line.left ?? 999))}
          defaultValue={line.quantity}
          aria-label={t('Quantity of {title}', { title })}
          onChange={(event) => {
            const quantity = event.target.valueAsNumber;
            if (Number.isInteger(quantity) && quantity > 0 && quantity !== line.quantity) void change(line, quantity);
          }}
        />
      </td>
      <td data-label={t('Total')}>{line.total === null ? '–' : price(line.total, sold.currency)}</td>
      <td><button type="button" className="quiet small" aria-label={t('Remove {title}', { title })} onClick={() => void change(line, 0)}>{t('Remove')}</button></td>
    </tr>
  );
}
