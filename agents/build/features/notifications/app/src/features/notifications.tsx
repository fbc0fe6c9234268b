import './notifications.css';
import { useEffect, useState } from 'react';
import { kinds } from '../../shared/features/notifications';
import { addressOf } from '../../shared/places';
import { HeaderIcon } from '../components/HeaderIcon';
import { MoreButton } from '../components/MoreButton';
import { Empty, Loading, Problem } from '../components/Notice';
import type { ClientFeature, PageProps } from '../feature';
import { call, messageOf } from '../lib/api';
import { formatMoment } from '../lib/format';
import { useLoad } from '../lib/load';
import { useMore } from '../lib/more';
import { pollNow, usePoll } from '../lib/poll';
import { Link, usePlace } from '../lib/router';
import { useSession } from '../lib/session';
import { t } from '../lib/texts';

interface Notification {
  id: string;
  kind: string;
  text: string;
  path: string;
  created_at: string;
  read: boolean;
}

const titles: Readonly<Record<string, string>> = {
  comment: t('Comments on what is yours'),
  rating: t('Ratings of what is yours'),
  follower: t('New followers'),
  message: t('Messages'),
  other: t('Everything else'),
};

function Notifications({ page }: PageProps) {
  const list = useMore<Notification>('/app/notifications');
  const [problem, setProblem] = useState<string | null>(null);

  async function read(path: string) {
    try {
      await call(path, { method: 'POST' });
      setProblem(null);
      list.reload();
      pollNow();
    } catch (thrown) {
      setProblem(messageOf(thrown));
    }
  }

  return (
    <section className="narrow">
      <div className="heading">
        <h1>{page.title}</h1>
        {list.items?.some((each) => !each.read) ? <button type="button" className="quiet small" onClick={() => void read('/app/notifications/read')}>{t('Mark all as read')}</button> : null}
      </div>
      {problem ? <Problem>{problem}</Problem> : null}
      {!list.items ? (list.error ? <Problem>{list.error}</Problem> : <Loading />) : list.items.length === 0 ? <Empty title={t('Nothing new.')} /> : (
        <ul className="card notifications">
          {list.items.map((each) => (
            <li key={each.id} className={each.read ? undefined : 'new'}>
              <div>
                <Link href={each.path}>{each.text}</Link>
                <p className="muted">{each.read ? null : <strong>{t('New')} · </strong>}<time dateTime={each.created_at}>{formatMoment(each.created_at)}</time></p>
              </div>
              {each.read ? null : <button type="button" className="quiet small" aria-label={t('Mark as read: {text}', { text: each.text })} onClick={() => void read(`/app/notifications/${each.id}/read`)}>{t('Read')}</button>}
            </li>
          ))}
        </ul>
      )}
      <MoreButton list={list} />
      <Settings changed={list.reload} />
    </section>
  );
}

/** The kinds of news that one wants. */
function Settings({ changed }: { changed: () => void }) {
  const { data, reload } = useLoad<Record<string, boolean>>('/app/notifications/settings');
  const [problem, setProblem] = useState<string | null>(null);
  if (!data) return null;

  async function choose(kind: string, on: boolean) {
    try {
      await call('/app/notifications/settings', { method: 'PATCH', body: { [kind]: on } });
      setProblem(null);
      pollNow();
      changed();
    } catch (thrown) {
      setProblem(messageOf(thrown));
    }
    reload();
  }

  return (
    <fieldset className="card panel news-kinds">
      <legend>{t('Tell me of')}</legend>
      {problem ? <Problem>{problem}</Problem> : null}
      {kinds.map((kind) => (
        <label key={kind} className="checkbox">
          <input type="checkbox" checked={data[kind] ?? true} onChange={(event) => void choose(kind, event.target.checked)} />
          <span>{titles[kind] ?? kind}</span>
        </label>
      ))}
    </fieldset>
  );
}

/** The number of unread news, on every page; news of the page that one looks at is read. */
function Bell() {
  const { user } = useSession();
  const { path } = usePlace();
  const { data } = usePoll<{ unread: number }>(user ? '/app/notifications/unread' : null, 20, 120);
  const unread = data?.unread ?? 0;
  const href = addressOf('notifications');
  useEffect(() => {
    if (unread === 0) return;
    call<{ read: number }>('/app/notifications/seen', { method: 'POST', body: { path } }).then(({ read }) => read > 0 && pollNow(), () => {});
  }, [path, unread]);
  if (!user || !href) return null;
  return <HeaderIcon href={href} title={t('Notifications')} unread={unread} lines="M18 9a6 6 0 0 0-12 0c0 6-2.5 7-2.5 7h17S18 15 18 9M10 20a2.2 2.2 0 0 0 4 0" />;
}

/** News for each person. */
export const feature: ClientFeature = { Header: Bell, pages: { notifications: Notifications } };
