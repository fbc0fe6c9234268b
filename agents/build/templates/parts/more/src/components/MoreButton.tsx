import { useState } from 'react';
import type { More } from '../lib/more';
import { t } from '../lib/texts';
import { Problem } from './Notice';

/** Asks for the next part of a list, while there is one. */
export function MoreButton<T>({ list }: { list: More<T> }) {
  const [busy, setBusy] = useState(false);
  const { more, error } = list;
  return (
    <>
      {error ? <Problem>{error}</Problem> : null}
      {more ? <p className="actions"><button type="button" className="quiet" disabled={busy} onClick={() => { setBusy(true); void more().finally(() => setBusy(false)); }}>{t('Show more')}</button></p> : null}
    </>
  );
}
