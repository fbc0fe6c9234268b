import './favourites.css';
import { useState } from 'react';
import { marked } from '../../shared/features/favourites';
import { labelOf } from '../components/Cards';
import { Empty } from '../components/Notice';
import { Stream } from '../components/Stream';
import type { ClientFeature, PageProps, RecordProps } from '../feature';
import { call, messageOf } from '../lib/api';
import { useMark } from '../lib/marks';
import { useSession } from '../lib/session';
import { t } from '../lib/texts';

function Heart({ entity, row }: RecordProps) {
  const { user } = useSession();
  const { value, reload } = useMark<boolean>(user ? `/app/favourites/${entity.path}` : null, row.id);
  const [error, setError] = useState('');
  if (!user) return null;
  const marks = value === true;

  async function turn() {
    try {
      await call(`/${entity.path}/${row.id}/favourite`, { method: marks ? 'DELETE' : 'POST' });
      setError('');
    } catch (thrown) {
      setError(messageOf(thrown));
    }
    reload();
  }

  return (
    <span>
      <button type="button" className="heart" aria-pressed={marks} aria-label={t('Favourite: {name}', { name: labelOf(entity, row) })} disabled={value === undefined} onClick={() => void turn()}>
        <svg aria-hidden="true" viewBox="0 0 24 24"><path d="M12 20.5 4.3 12.9a5 5 0 0 1 7.1-7.1l.6.7.6-.7a5 5 0 0 1 7.1 7.1Z" /></svg>
      </button>
      {error ? <span role="alert" className="error">{error}</span> : null}
    </span>
  );
}

const Favourites = ({ page }: PageProps) => (
  <section>
    <h1>{page.title}</h1>
    <Stream path="/app/favourites"><Empty title={t('Nothing here yet: mark something with the heart.')} /></Stream>
  </section>
);

/** Records that people mark for themselves. */
export const feature: ClientFeature = { serves: Object.keys(marked), Mark: Heart, pages: { favourites: Favourites } };
