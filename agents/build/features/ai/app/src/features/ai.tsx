import { type FormEvent, useState } from 'react';
import type { Answer, Asking } from '../../shared/ai';
import { asked } from '../../shared/features/ai';
import { Problem } from '../components/Notice';
import type { ClientFeature, RecordProps } from '../feature';
import { call, messageOf } from '../lib/api';
import { useLoad } from '../lib/load';
import { useSession } from '../lib/session';
import { t } from '../lib/texts';

/** Below a record: a question about it, and the answer. */
function Ask({ entity, row }: RecordProps) {
  const { user } = useSession();
  const { data } = useLoad<Asking>(user ? '/app/ai' : null);
  const [answer, setAnswer] = useState<Answer | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  if (!user) return null;

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const question = String(new FormData(event.currentTarget).get('question') ?? '').trim();
    if (!question) return;
    setBusy(true);
    try {
      setAnswer(await call<Answer>(`/${entity.path}/${row.id}/ask`, { method: 'POST', body: { question } }));
      setProblem(null);
    } catch (thrown) {
      setProblem(messageOf(thrown));
    }
    setBusy(false);
  }

  const now = answer ?? data;
  return (
    <section className="card panel" aria-labelledby="ask">
      <h2 id="ask">{t('Ask')}</h2>
      {now?.simulated ? <p><strong className="badge">{t('Simulated')}</strong> {t('No language model is asked.')}</p> : null}
      <form className="form" onSubmit={(event) => void submit(event)}>
        <div className="control">
          <label htmlFor="question">{t('Your question about this')}</label>
          <input id="question" name="question" maxLength={500} required autoComplete="off" aria-describedby="question-help" />
          <p id="question-help" className="help">{now ? t('You may ask {left} more times today. Answers may be wrong.', { left: now.left }) : ''}</p>
        </div>
        <div className="actions"><button type="submit" disabled={busy}>{busy ? t('Asking…') : t('Ask')}</button></div>
      </form>
      {problem ? <Problem>{problem}</Problem> : null}
      <output className="prose" aria-live="polite">{answer?.answer ?? ''}</output>
    </section>
  );
}

/** Questions about records. */
export const feature: ClientFeature = { serves: asked, Panel: Ask };
