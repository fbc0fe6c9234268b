import './quiz.css';
import { type FormEvent, useState } from 'react';
import { reach } from '../../shared/entity';
import type { Attempt, Offer, Question, Sheet } from '../../shared/features/quiz';
import { paper } from '../../shared/features/quizzes';
import { entityOf } from '../../shared/model';
import { links } from '../../shared/pages';
import { ChildList } from '../components/ChildList';
import { Empty, Loading, Problem } from '../components/Notice';
import type { ClientFeature, PageProps, RecordProps } from '../feature';
import { call, messageOf } from '../lib/api';
import { formatMoment, humanise } from '../lib/format';
import { useLoad } from '../lib/load';
import { Link } from '../lib/router';
import { useSession } from '../lib/session';
import { t, tn } from '../lib/texts';

const quiz = entityOf(paper.quiz);

function Quiz({ row }: RecordProps) {
  const { user } = useSession();
  const path = `/${quiz.path}/${row.id}/quiz`;
  const { data, error, reload } = useLoad<Sheet>(path);
  const [open, setOpen] = useState(false);
  const [marked, setMarked] = useState<Attempt | null>(null);
  const far = reach(quiz, 'update', user);
  const writes = far === 'all' || (far === 'own' && row._mine);
  const best = data?.attempts.filter((attempt) => attempt.mine).toSorted((a, b) => b.score - a.score)[0];

  async function answer(answers: Record<string, string[]>) {
    setMarked(await call<Attempt>(path, { method: 'POST', body: { answers } }));
    setOpen(false);
    reload();
  }

  return (
    <>
      <section className="card panel quiz" aria-labelledby="quiz">
        <h2 id="quiz">{t('Answer the questions')}</h2>
        {error ? <Problem>{error}</Problem> : !data ? <Loading /> : data.questions.length === 0 ? <p className="muted">{t('There are no questions yet.')}</p> : (
          <>
            <p className="muted">
              {tn(data.questions.length, '{count} question', '{count} questions')}
              {best ? ` · ${t('your best: {score} of {total}', { score: best.score, total: best.total })}` : ''}
              {data.left === null ? '' : ` · ${t('attempts left: {count}', { count: data.left })}`}
            </p>
            <output>{marked ? <Marks attempt={marked} questions={data.questions} /> : null}</output>
            {open ? <Questions questions={data.questions} answer={answer} /> : !user ? (
              <Link href={`/login?next=${encodeURIComponent(location.pathname)}`} className="button">{t('Log in to answer')}</Link>
            ) : data.left === 0 ? null : (
              <button
                type="button"
                onClick={() => {
                  setMarked(null);
                  setOpen(true);
                }}
              >{best ? t('Try again') : t('Start')}</button>
            )}
          </>
        )}
      </section>
      {data && data.attempts.length > 0 ? <Attempts attempts={data.attempts} named={user?.role === 'admin'} /> : null}
      {writes ? <ChildList entity={entityOf(paper.question)} field={paper.column} id={row.id} changed={reload} /> : null}
    </>
  );
}

const shown = (option: string) => (option === 'true' ? t('Yes') : option === 'false' ? t('No') : humanise(option));

function Questions({ questions, answer }: { questions: Question[]; answer: (answers: Record<string, string[]>) => Promise<void> }) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setBusy(true);
    try {
      await answer(Object.fromEntries(questions.map(({ id }) => [id, form.getAll(id).map(String)])));
    } catch (thrown) {
      setProblem(messageOf(thrown));
      setBusy(false);
    }
  }

  return (
    <form className="form" onSubmit={(event) => void submit(event)}>
      {questions.map(({ id, text, options, kind }, index) => (kind === 'text' ? (
        <div key={id} className="control">
          <label htmlFor={`quiz-${id}`}>{index + 1}. {text}</label>
          <input id={`quiz-${id}`} name={id} maxLength={1_000} autoComplete="off" />
        </div>
      ) : (
        <fieldset key={id} className="quiz-question">
          <legend>{index + 1}. {text}</legend>
          {kind === 'many' ? <p className="help">{t('More than one may be right.')}</p> : null}
          {options.map((option) => (
            <label key={option} className="checkbox"><input type={kind === 'many' ? 'checkbox' : 'radio'} name={id} value={option} />{shown(option)}</label>
          ))}
        </fieldset>
      )))}
      {problem ? <Problem>{problem}</Problem> : null}
      <div className="actions"><button type="submit" disabled={busy}>{t('Hand in')}</button></div>
    </form>
  );
}

function Marks({ attempt, questions }: { attempt: Attempt; questions: Question[] }) {
  return (
    <>
      <p className="quiz-score">{t('{score} of {total} right', { score: attempt.score, total: attempt.total })}</p>
      <ol className="quiz-marks">
        {questions.filter(({ id }) => id in attempt.results).map(({ id, text }) => (
          <li key={id}>{text} <strong className={attempt.results[id] ? 'quiz-right' : 'quiz-wrong'}>{attempt.results[id] ? t('✓ right') : t('✗ wrong')}</strong></li>
        ))}
      </ol>
    </>
  );
}

function Attempts({ attempts, named }: { attempts: Attempt[]; named: boolean }) {
  return (
    <section className="card panel" aria-labelledby="attempts">
      <h2 id="attempts">{named ? t('Attempts of everybody') : t('Your attempts')}</h2>
      <ul className="recent">
        {attempts.map((attempt) => <li key={attempt.id}>{named ? `${attempt.author} · ` : ''}<time dateTime={attempt.created_at}>{formatMoment(attempt.created_at)}</time> · {t('{score} of {total} right', { score: attempt.score, total: attempt.total })}</li>)}
      </ul>
    </section>
  );
}

function Quizzes({ page }: PageProps) {
  const { user } = useSession();
  const { data, error } = useLoad<Offer[]>('/app/quiz');
  const link = links[quiz.key];
  return (
    <section aria-labelledby="title">
      <div className="heading">
        <h1 id="title">{page.title}</h1>
        {link && reach(quiz, 'create', user) !== 'none' ? <Link href={link.new} className="button">{t('New {title}', { title: quiz.title })}</Link> : null}
      </div>
      {error ? <Problem>{error}</Problem> : !data ? <Loading /> : data.length === 0 ? <Empty title={t('Nothing here yet')} /> : (
        <div className="cards">
          {data.map((offer) => (
            <section key={offer.id} className="card" aria-label={offer.label ?? quiz.title}>
              <h2>{link ? <Link href={link.detail(offer.id)}>{offer.label ?? t('Without a name')}</Link> : offer.label}</h2>
              <p className="muted">{tn(offer.questions, '{count} question', '{count} questions')}</p>
              <p className="muted">{offer.best === null ? t('Not tried yet') : t('your best: {score} of {total}', { score: offer.best, total: offer.questions })}</p>
            </section>
          ))}
        </div>
      )}
    </section>
  );
}

/** Questions to answer, marked by the database. */
export const feature: ClientFeature = { pages: { quiz: Quizzes }, serves: [paper.quiz], covers: [`${paper.question}.${paper.column}`], Panel: Quiz };
