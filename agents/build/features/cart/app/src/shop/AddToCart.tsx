import { useEffect, useState } from 'react';
import { sold } from '../../shared/features/cart';
import { places } from '../../shared/orders';
import type { RecordProps } from '../feature';
import { messageOf } from '../lib/api';
import { formatNumber } from '../lib/format';
import { Link } from '../lib/router';
import { useSession } from '../lib/session';
import { t } from '../lib/texts';
import { add, refresh, useCart } from './store';

/** Beside a product: puts it into the cart, or says that it is sold out. */
export function AddToCart({ row }: RecordProps) {
  const { user } = useSession();
  const cart = useCart();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const values = row as unknown as Record<string, unknown>;
  const left = sold.stock ? values[sold.stock] : null;
  const inCart = cart?.lines.find((line) => line.product === row.id)?.quantity ?? 0;
  if (values[sold.price] === null || values[sold.price] === undefined) return null;
  if (typeof left === 'number' && left <= 0) return <span className="badge">{t('Sold out')}</span>;

  async function put() {
    setBusy(true);
    try {
      await add(user, row.id);
      setProblem(null);
    } catch (thrown) {
      setProblem(messageOf(thrown));
    }
    setBusy(false);
  }

  return (
    <span className="actions">
      <button type="button" className="small" disabled={busy} onClick={() => void put()}>{t('Add to cart')}</button>
      <output>{inCart > 0 ? t('{count} in the cart', { count: formatNumber(inCart) }) : ''}</output>
      {problem ? <span role="alert" className="error">{problem}</span> : null}
    </span>
  );
}

/** The way to the cart, in the header. */
export function CartLink() {
  const { user, known } = useSession();
  const cart = useCart();
  const id = user?.id;
  useEffect(() => {
    // A cart that cannot be read says so on its own page.
    if (known) refresh(user).catch(() => {});
    // eslint-disable-next-line react-hooks/exhaustive-deps -- only another person has another cart
  }, [known, id]);
  const count = (cart?.lines ?? []).reduce((sum, line) => sum + line.quantity, 0);
  return <Link href={places.cart}>{count > 0 ? t('Cart ({count})', { count: formatNumber(count) }) : t('Cart')}</Link>;
}
