import { type FormEvent, useEffect, useRef, useState } from 'react';
import { addressOf } from '../../../shared/places';
import { Confirm } from '../../components/Confirm';
import { Loading, Problem } from '../../components/Notice';
import { type Named, Person } from '../../components/Person';
import type { PageProps } from '../../feature';
import { call, messageOf } from '../../lib/api';
import { formatMoment } from '../../lib/format';
import { pollNow, usePoll } from '../../lib/poll';
import { Link } from '../../lib/router';
import { useSession } from '../../lib/session';
import { t } from '../../lib/texts';

interface Message {
  id: string;
  body: string;
  created_at: string;
  read_at: string | null;
  mine: boolean;
}

interface Answer {
  person: Named;
  /** Whether I have blocked the person, and whether the person has blocked me. */
  blocked: boolean;
  refused: boolean;
  /** The newest first. */
  items: Message[];
  next: string | null;
}

/** The conversation with one person. */
export function Conversation({ id }: PageProps) {
  const { user } = useSession();
  const path = `/app/messages/with/${encodeURIComponent(id)}`;
  const { data, error } = usePoll<Answer>(path, 3, 30);
  const [older, setOlder] = useState<Pick<Answer, 'items' | 'next'> | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const unread = data?.items.some((message) => !message.mine && message.read_at === null) ?? false;
  const newest = data?.items[0]?.id;

  useEffect(() => {
    if (unread) call(`${path}/read`, { method: 'POST' }).then(pollNow, () => {});
  }, [unread, newest, path]);

  async function attempt(work: () => Promise<unknown>): Promise<boolean> {
    try {
      await work();
      setProblem(null);
      pollNow();
      return true;
    } catch (thrown) {
      setProblem(messageOf(thrown));
      return false;
    }
  }

  async function earlier(before: string) {
    await attempt(async () => {
      const part = await call<Answer>(`${path}?before=${before}`);
      setOlder((known) => ({ items: [...(known?.items ?? data?.items ?? []), ...part.items], next: part.next }));
    });
  }

  if (!data) return error ? <Problem>{error}</Problem> : <Loading />;
  // The newest part moves on while the older ones stay: what is in both is shown once.
  const messages = [...new Map([...(older?.items ?? []), ...data.items].map((message) => [message.id, message])).values()].toReversed().toSorted((a, b) => a.created_at.localeCompare(b.created_at));
  const myself = data.person.id === user?.id;
  const next = older ? older.next : data.next;
  return (
    <section className="narrow">
      <div className="heading">
        <div>
          <Link href={addressOf('chat') ?? '/'} className="back">{t('Messages')}</Link>
          <h1><Person {...data.person} /></h1>
        </div>
        {myself ? null : <Block answer={data} path={path} attempt={attempt} />}
      </div>
      {error ? <Problem>{error}</Problem> : null}
      {next ? <p className="actions"><button type="button" className="quiet small" onClick={() => void earlier(next)}>{t('Earlier messages')}</button></p> : null}
      <Messages messages={messages} name={data.person.name} />
      {problem ? <Problem>{problem}</Problem> : null}
      {myself ? null : data.blocked ? <p className="muted">{t('You have blocked this person.')}</p> : data.refused ? <p className="muted">{t('This person takes no messages from you.')}</p> : <Write send={(body) => attempt(() => call(path, { method: 'POST', body: { body } }))} />}
    </section>
  );
}

function Messages({ messages, name }: { messages: Message[]; name: string }) {
  const end = useRef<HTMLLIElement>(null);
  const last = messages.at(-1)?.id;
  useEffect(() => {
    end.current?.scrollIntoView({ block: 'nearest' });
  }, [last]);
  if (messages.length === 0) return <p className="muted">{t('Nothing has been written yet.')}</p>;
  return (
    <div role="log" aria-label={t('Messages')}>
      <ol className="messages">
        {messages.map((message) => (
          <li key={message.id} className={message.mine ? 'message mine' : 'message'} ref={message.id === last ? end : undefined}>
            <span className="unseen">{message.mine ? t('You') : name}</span>
            <p className="prose">{message.body}</p>
            <p className="message-time"><time dateTime={message.created_at}>{formatMoment(message.created_at)}</time>{message.mine && message.read_at ? ` · ${t('read')}` : ''}</p>
          </li>
        ))}
      </ol>
    </div>
  );
}

function Write({ send }: { send: (body: string) => Promise<boolean> }) {
  const [busy, setBusy] = useState(false);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = event.currentTarget;
    const body = String(new FormData(form).get('body') ?? '').trim();
    if (!body || busy) return;
    setBusy(true);
    if (await send(body)) form.reset();
    setBusy(false);
  }

  return (
    <form className="write" onSubmit={(event) => void submit(event)}>
      <label className="unseen" htmlFor="message">{t('Your message')}</label>
      <textarea
        id="message" name="body" rows={2} maxLength={4_000} required placeholder={t('Your message')}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
          event.preventDefault();
          event.currentTarget.form?.requestSubmit();
        }}
      />
      <button type="submit" disabled={busy}>{t('Send')}</button>
    </form>
  );
}

function Block({ answer, path, attempt }: { answer: Answer; path: string; attempt: (work: () => Promise<unknown>) => Promise<boolean> }) {
  const [asking, setAsking] = useState(false);
  const turn = () => attempt(() => call(`${path}/block`, { method: answer.blocked ? 'DELETE' : 'POST' }));
  return (
    <div className="actions">
      <button type="button" className="quiet small" onClick={() => (answer.blocked ? void turn() : setAsking(true))}>{answer.blocked ? t('Unblock') : t('Block')}</button>
      {asking ? (
        <Confirm
          title={t('Block {name}?', { name: answer.person.name })} text={t('Neither of you can write to the other until you unblock.')} action={t('Block')} busy={false}
          onConfirm={() => { setAsking(false); void turn(); }} onCancel={() => setAsking(false)}
        />
      ) : null}
    </div>
  );
}
