import { t, tn } from '../lib/texts';

interface Props {
  page: number;
  pageSize: number;
  total: number;
  change: (page: number) => void;
  /** Changes how many there are on a page; left out, that is settled. */
  resize?: (pageSize: number) => void;
}

const sizes = [20, 50, 100, 200];

export function Pager({ page, pageSize, total, change, resize }: Props) {
  const last = Math.max(1, Math.ceil(total / pageSize));
  return (
    <nav className="pager" aria-label={t('Pages')}>
      <span className="muted">{tn(total, '{count} entry', '{count} entries')}</span>
      {resize && total > (sizes[0] ?? 0) ? (
        <label className="page-size">
          <span>{t('On a page')}</span>
          <select value={pageSize} onChange={({ target }) => resize(Number(target.value))}>
            {[...new Set([...sizes, pageSize])].toSorted((a, b) => a - b).map((size) => <option key={size} value={size}>{size}</option>)}
          </select>
        </label>
      ) : null}
      {last > 1 ? (
        <span className="actions">
          <button type="button" className="quiet" disabled={page <= 1} onClick={() => change(page - 1)}>{t('Previous')}</button>
          <span>{t('Page {page} of {last}', { page, last })}</span>
          <button type="button" className="quiet" disabled={page >= last} onClick={() => change(page + 1)}>{t('Next')}</button>
        </span>
      ) : null}
    </nav>
  );
}
