import './comments.css';
import { type FormEvent, useState } from 'react';
import { commented } from '../../shared/features/comments';
import { Loading, Problem } from '../components/Notice';
import type { ClientFeature, RecordProps } from '../feature';
import { call, messageOf } from '../lib/api';
import { formatMoment, formatNumber } from '../lib/format';
import { useLoad } from '../lib/load';
import { useMark } from '../lib/marks';
import { useSession } from '../lib/session';
import { t } from '../lib/texts';

interface Comment {
  id: string;
  body: string;
  created_at: string;
  author: string;
  mine: boolean;
}

function Comments({ entity, row }: RecordProps) {
  const { user } = useSession();
  const path = `/${entity.path}/${row.id}/comments`;
  const { data, error, reload } = useLoad<Comment[]>(path);
  const count = useMark<number>(`/app/comments/${entity.path}`, row.id);
  const [problem, setProblem] = useState<string | null>(null);

  async function send(work: () => Promise<unknown>) {
    try {
      await work();
      setProblem(null);
      reload();
      count.reload();
      return true;
    } catch (thrown) {
      setProblem(messageOf(thrown));
      return false;
    }
  }

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = event.currentTarget;
    const body = String(new FormData(form).get('body') ?? '').trim();
    if (body && (await send(() => call(path, { method: 'POST', body: { body } })))) form.reset();
  }

  return (
    <section className="card panel" aria-labelledby="comments">
      <h2 id="comments">{t('Comments')}</h2>
      {error ? <Problem>{error}</Problem> : !data ? <Loading /> : (
        <ul className="comments">
          {data.map((comment) => (
            <li key={comment.id}>
              <p className="muted"><strong>{comment.author}</strong> · <time dateTime={comment.created_at}>{formatMoment(comment.created_at)}</time></p>
              <p className="prose">{comment.body}</p>
              {comment.mine || user?.role === 'admin' ? <button type="button" className="quiet small" onClick={() => void send(() => call(`${path}/${comment.id}`, { method: 'DELETE' }))}>{t('Delete')}</button> : null}
            </li>
          ))}
        </ul>
      )}
      {problem ? <Problem>{problem}</Problem> : null}
      {user ? (
        <form className="form" onSubmit={(event) => void submit(event)}>
          <div className="control">
            <label htmlFor="comment">{t('Your comment')}</label>
            <textarea id="comment" name="body" rows={3} maxLength={4_000} required />
          </div>
          <div className="actions"><button type="submit">{t('Comment')}</button></div>
        </form>
      ) : null}
    </section>
  );
}

/** How many comments a record has. */
function Count({ entity, row }: RecordProps) {
  const { value } = useMark<number>(`/app/comments/${entity.path}`, row.id);
  if (!value) return null;
  return (
    <span className="comment-count">
      <svg aria-hidden="true" viewBox="0 0 24 24"><path d="M4 5h16v11H10l-4 4v-4H4z" /></svg>
      <span aria-hidden="true">{formatNumber(value)}</span>
      <span className="unseen">{value === 1 ? t('One comment') : t('{count} comments', { count: formatNumber(value) })}</span>
    </span>
  );
}

/** Comments below records. */
export const feature: ClientFeature = { serves: Object.keys(commented), Panel: Comments, Mark: Count };
