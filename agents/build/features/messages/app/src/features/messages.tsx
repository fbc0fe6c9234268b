import './messages.css';
import { useState } from 'react';
import { addressOf } from '../../shared/places';
import { countOf, HeaderIcon } from '../components/HeaderIcon';
import { Empty, Loading, Problem } from '../components/Notice';
import { FindPerson, Initial, type Named } from '../components/Person';
import type { ClientFeature, PageProps } from '../feature';
import { formatMoment } from '../lib/format';
import { usePoll } from '../lib/poll';
import { Link } from '../lib/router';
import { useSession } from '../lib/session';
import { t } from '../lib/texts';
import { Conversation } from './messages/Conversation';

interface Last extends Named {
  body: string;
  created_at: string;
  mine: boolean;
  unread: number;
}

const step = 30;
const conversation = ({ id }: Named) => addressOf('conversation', id) ?? '/';

/** The people with whom one has written, those of the newest message first. */
function Messages({ page }: PageProps) {
  const [shown, setShown] = useState(step);
  const { data, error } = usePoll<{ items: Last[]; more: boolean }>(`/app/messages?count=${shown}`, 5);
  return (
    <section className="narrow">
      <h1>{page.title}</h1>
      <FindPerson path="/app/messages/people">{(person) => <><Initial name={person.name} /><Link href={conversation(person)}>{person.name}</Link></>}</FindPerson>
      {error ? <Problem>{error}</Problem> : null}
      {!data ? (error ? null : <Loading />) : data.items.length === 0 ? <Empty title={t('No messages yet: find somebody to write to.')} /> : (
        <ul className="card conversations">
          {data.items.map((last) => (
            <li key={last.id}>
              <Initial name={last.name} />
              <div>
                <p className="conversation-head">
                  <Link href={conversation(last)} className="person">{last.name}</Link>
                  <time className="muted" dateTime={last.created_at}>{formatMoment(last.created_at)}</time>
                </p>
                <p className="conversation-last muted">{last.mine ? t('You: {text}', { text: last.body }) : last.body}</p>
              </div>
              {last.unread > 0 ? <span className="unread"><span aria-hidden="true">{countOf(last.unread)}</span><span className="unseen">{t('{count} unread', { count: countOf(last.unread) })}</span></span> : null}
            </li>
          ))}
        </ul>
      )}
      {data?.more ? <p className="actions"><button type="button" className="quiet" onClick={() => setShown((before) => before + step)}>{t('Show more')}</button></p> : null}
    </section>
  );
}

/** The number of unread messages, on every page. */
function Envelope() {
  const { user } = useSession();
  const { data } = usePoll<{ unread: number }>(user ? '/app/messages/unread' : null, 20, 120);
  const href = addressOf('chat');
  return user && href ? <HeaderIcon href={href} title={t('Messages')} unread={data?.unread ?? 0} lines="M3 6h18v12H3zM3 6.5l9 7 9-7" /> : null;
}

/** Messages between two people. */
export const feature: ClientFeature = { Header: Envelope, pages: { chat: Messages, conversation: Conversation } };
