import { formatNumber } from '../lib/format';

interface Props {
  page: number;
  pageSize: number;
  total: number;
  change: (page: number) => void;
}

export function Pager({ page, pageSize, total, change }: Props) {
  const last = Math.max(1, Math.ceil(total / pageSize));
  return (
    <nav className="pager" aria-label="Pages">
      <span className="muted">{formatNumber(total)} {total === 1 ? 'entry' : 'entries'}</span>
      {last > 1 ? (
        <span className="actions">
          <button type="button" className="quiet" disabled={page <= 1} onClick={() => change(page - 1)}>Previous</button>
          <span>Page {page} of {last}</span>
          <button type="button" className="quiet" disabled={page >= last} onClick={() => change(page + 1)}>Next</button>
        </span>
      ) : null}
    </nav>
  );
}
