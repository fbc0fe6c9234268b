import './thread.css';
import { type FormEvent, useState } from 'react';
import { type Entity, reach, type Row, writable } from '../../shared/entity';
import { most, type Replies, type Reply, type Topic } from '../../shared/features/thread';
import { threads } from '../../shared/features/threads';
import { entityOf } from '../../shared/model';
import { links } from '../../shared/pages';
import { labelOf } from '../components/Cards';
import { Empty, Loading, Problem } from '../components/Notice';
import { Pager } from '../components/Pager';
import type { ClientFeature, PageProps, RecordProps } from '../feature';
import { ApiError, call, messageOf } from '../lib/api';
import { formatMoment } from '../lib/format';
import { useLoad } from '../lib/load';
import { Link, navigate, usePlace } from '../lib/router';
import { useSession } from '../lib/session';
import { t, tn } from '../lib/texts';

function ThreadPanel({ entity, row }: RecordProps) {
  const thread = threads[entity.key];
  return thread && row.id ? <Conversation key={row.id} entity={entity} id={row.id} /> : null;
}

function Conversation({ entity, id }: { entity: Entity; id: string }) {
  const { user } = useSession();
  const thread = threads[entity.key];
  const reply = entityOf(thread?.reply);
  const [page, setPage] = useState(1);
  const may = reach(reply, 'list', user) !== 'none';
  const { data, error, reload } = useLoad<Replies>(may ? `/${entity.path}/${id}/thread?page=${page}` : null);
  const link = links[reply.key];

  function sent() {
    // A reply is the last: it may begin a page.
    setPage(Math.ceil(((data?.total ?? 0) + 1) / most));
    reload();
  }

  return (
    <section className="panel" aria-labelledby="thread">
      <h2 id="thread">{reply.titlePlural}</h2>
      {error ? <Problem>{error}</Problem> : !data ? (may ? <Loading /> : null) : (
        <>
          <ol className="thread" start={(page - 1) * most + 1}>
            {data.items.map((item) => <Post key={item.id} item={item} href={item.mine ? link?.detail(item.id) : undefined} />)}
          </ol>
          {data.total === 0 ? <p className="muted">{t('Nobody has replied yet.')}</p> : null}
          {data.total > most ? <Pager page={page} pageSize={most} total={data.total} change={setPage} /> : null}
        </>
      )}
      <Answer entity={entity} id={id} sent={sent} />
    </section>
  );
}

const Post = ({ item, href }: { item: Reply; href: string | undefined }) => (
  <li className="card">
    <p className="muted">{item.author ? <strong>{item.author}</strong> : null} <time dateTime={item.created_at}>{formatMoment(item.created_at)}</time> {href ? <Link href={href}>{t('Change')}</Link> : null}</p>
    <p className="prose">{item.text}</p>
  </li>
);

/** A box for the text; a reply that needs more than it has its own form. */
function Answer({ entity, id, sent }: { entity: Entity; id: string; sent: () => void }) {
  const { user } = useSession();
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const { reply: key, field = '', text = '' } = threads[entity.key] ?? {};
  const reply = entityOf(key);
  const link = links[reply.key];
  const fields = writable(reply, user);
  const asks = fields.some(([name, each]) => each.required && each.initial === undefined && name !== field && name !== text);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = event.currentTarget;
    const value = String(new FormData(form).get('reply') ?? '').trim();
    if (!value) return;
    setBusy(true);
    setProblem(null);
    try {
      await call(`/${reply.path}`, { method: 'POST', body: { [field]: id, [text]: value } });
      form.reset();
      sent();
    } catch (thrown) {
      setProblem((thrown instanceof ApiError && Object.values(thrown.errors)[0]) || messageOf(thrown));
    }
    setBusy(false);
  }

  if (reach(reply, 'create', user) === 'none') return user ? null : <Link href={`/login?next=${encodeURIComponent(location.pathname)}`} className="button">{t('Log in to reply')}</Link>;
  if (asks) return link ? <Link href={`${link.new}?${field}=${id}`} className="button">{t('Reply')}</Link> : null;
  return (
    <form className="card form" onSubmit={(event) => void submit(event)}>
      <div className="control">
        <label htmlFor="reply">{t('Your reply')}</label>
        <textarea id="reply" name="reply" rows={4} maxLength={reply.fields[text]?.max} required />
      </div>
      {problem ? <Problem>{problem}</Problem> : null}
      <div className="actions"><button type="submit" disabled={busy}>{t('Reply')}</button></div>
    </form>
  );
}

function ThreadPage({ page, id }: PageProps) {
  const entity = entityOf(page.entity);
  return id ? <One entity={entity} id={id} /> : <Topics entity={entity} title={page.title} />;
}

/** A thread at an address that is not the record's own. */
function One({ entity, id }: { entity: Entity; id: string }) {
  const { data, error } = useLoad<Row>(`/${entity.path}/${encodeURIComponent(id)}`);
  if (error) return <Problem>{error}</Problem>;
  if (!data) return <Loading />;
  const link = links[entity.key];
  return (
    <article>
      <h1>{link ? <Link href={link.detail(data.id)}>{labelOf(entity, data)}</Link> : labelOf(entity, data)}</h1>
      <Conversation entity={entity} id={data.id} />
    </article>
  );
}

function Topics({ entity, title }: { entity: Entity; title: string }) {
  const { path, query } = usePlace();
  const { user } = useSession();
  const { data, error } = useLoad<{ items: Topic[]; total: number }>(`/app/thread/${entity.key}?${query}`);
  const link = links[entity.key];
  const page = Math.max(1, Number(query.get('page')) || 1);
  const go = (values: Record<string, string>) => navigate(`${path}?${new URLSearchParams(values)}`);
  const q = query.get('q') ?? '';
  return (
    <section aria-labelledby="title">
      <div className="heading">
        <h1 id="title">{title}</h1>
        {link && reach(entity, 'create', user) !== 'none' ? <Link href={link.new} className="button">{t('New {title}', { title: entity.title })}</Link> : null}
      </div>
      {entity.search.length > 0 ? (
        <search className="tools">
          <form
            className="search"
            onSubmit={(event) => {
              event.preventDefault();
              go({ q: String(new FormData(event.currentTarget).get('q') ?? '').trim() });
            }}
          >
            <label htmlFor="thread-search">{t('Search')}</label>
            <input id="thread-search" type="search" name="q" defaultValue={q} />
          </form>
        </search>
      ) : null}
      {error ? <Problem>{error}</Problem> : !data ? <Loading /> : data.total === 0 ? <Empty title={t('Nothing here yet')} /> : (
        <>
          <ul className="card topics">
            {data.items.map((topic) => (
              <li key={topic.id}>
                <span>
                  <strong>{link ? <Link href={link.detail(topic.id)}>{topic.label ?? t('Without a name')}</Link> : topic.label}</strong>
                  {topic.author ? <span className="muted"> {t('by {name}', { name: topic.author })}</span> : null}
                </span>
                <span className="muted">{tn(topic.replies, '{count} reply', '{count} replies')} · <time dateTime={topic.active_at}>{formatMoment(topic.active_at)}</time></span>
              </li>
            ))}
          </ul>
          <Pager page={page} pageSize={most} total={data.total} change={(next) => go({ ...(q ? { q } : {}), page: String(next) })} />
        </>
      )}
    </section>
  );
}

/** Records with replies. */
export const feature: ClientFeature = {
  pages: { thread: ThreadPage }, serves: Object.keys(threads), covers: Object.values(threads).map(({ reply, field }) => `${reply}.${field}`), Panel: ThreadPanel,
};
