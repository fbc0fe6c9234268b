import { type FormEvent, useState } from 'react';
import * as v from 'valibot';
import { type Errors, errorsOf } from '../../shared/entity';
import { type Asked, letterInput, newsletterPath, type Subscribers, subscribeInput } from '../../shared/newsletter';
import { Loading, Problem } from '../components/Notice';
import type { ClientFeature, PageProps } from '../feature';
import { ApiError, call, messageOf } from '../lib/api';
import { formatMoment } from '../lib/format';
import { useLoad } from '../lib/load';
import { Link, usePlace } from '../lib/router';
import { useSession } from '../lib/session';
import { t } from '../lib/texts';

const errorsIn = (thrown: unknown): Errors => (thrown instanceof ApiError && Object.keys(thrown.errors).length > 0 ? thrown.errors : { _form: messageOf(thrown) });

/** Asks for the newsletter: the answer is the same for every address. */
function Subscribe() {
  const { user } = useSession();
  const [errors, setErrors] = useState<Errors>({});
  const [asked, setAsked] = useState<Asked | null>(null);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const input = v.safeParse(subscribeInput, Object.fromEntries(new FormData(event.currentTarget)));
    if (!input.success) return setErrors(errorsOf(input.issues));
    try {
      setAsked(await call<Asked>('/app/newsletter', { method: 'POST', body: input.output }));
    } catch (thrown) {
      setErrors(errorsIn(thrown));
    }
  }

  const problem = errors.email ?? errors._form;
  if (asked) {
    return (
      <output>
        {t('If this address is not subscribed yet, a link is on its way to it: open it to confirm.')}
        {asked.simulated ? ` ${t('E-mail is simulated here: administrators find the link in the outbox.')}` : ''}
      </output>
    );
  }
  return (
    <form key={user?.id} className="form" onSubmit={(event) => void submit(event)} noValidate>
      <div className="control">
        <label htmlFor="newsletter-email">{t('Email')}</label>
        <input id="newsletter-email" name="email" type="email" autoComplete="email" defaultValue={user?.email ?? ''} aria-required="true" aria-invalid={problem !== undefined} {...(problem ? { 'aria-describedby': 'newsletter-error' } : {})} />
        {problem ? <p id="newsletter-error" className="error" role="alert">{problem}</p> : null}
      </div>
      <div className="actions"><button type="submit">{t('Subscribe')}</button></div>
    </form>
  );
}

/** The page that links in letters lead to. A link alone does nothing: programs that look into mail open it too. */
function Newsletter({ page }: PageProps) {
  const { query } = usePlace();
  const step = query.has('confirm') ? 'confirm' : query.has('leave') ? 'leave' : null;
  const [done, setDone] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);

  async function go() {
    try {
      await call(`/app/newsletter/${step}`, { method: 'POST', body: { token: query.get(step ?? '') } });
      setDone(true);
      setProblem(null);
    } catch (thrown) {
      setProblem(messageOf(thrown));
    }
  }

  return (
    <section className="narrow">
      <h1>{page.title}</h1>
      {problem ? <Problem>{problem}</Problem> : null}
      <div className="card">
        {step === null ? <Subscribe /> : done ? <output>{step === 'confirm' ? t('Thank you: you get the newsletter from now on.') : t('You do not get the newsletter any more.')}</output> : (
          <p className="actions"><button type="button" onClick={() => void go()}>{step === 'confirm' ? t('Confirm my address') : t('Leave the newsletter')}</button></p>
        )}
      </div>
    </section>
  );
}

/** Administrators see who subscribed, and write to them. */
function List({ page }: PageProps) {
  const { data, error, reload } = useLoad<Subscribers>('/app/newsletter/subscribers');
  const [problem, setProblem] = useState<string | null>(null);

  async function remove(id: string) {
    try {
      await call(`/app/newsletter/subscribers/${id}`, { method: 'DELETE' });
      setProblem(null);
    } catch (thrown) {
      setProblem(messageOf(thrown));
    }
    reload();
  }

  if (error) return <Problem>{error}</Problem>;
  if (!data) return <Loading />;
  return (
    <section>
      <div className="heading">
        <h1>{page.title}</h1>
        <a className="button quiet" href="/api/app/newsletter/subscribers.csv" download>{t('Download as CSV')}</a>
      </div>
      {problem ? <Problem>{problem}</Problem> : null}
      <p className="muted">{t('{confirmed} of {total} addresses are confirmed.', { confirmed: data.confirmed, total: data.total })}{data.simulated ? ` ${t('E-mail is simulated: letters stay in the outbox.')}` : ''}</p>
      <table>
        <thead><tr><th scope="col">{t('Email')}</th><th scope="col">{t('Since')}</th><th scope="col">{t('Confirmed')}</th><th scope="col"><span className="unseen">{t('Remove')}</span></th></tr></thead>
        <tbody>
          {data.items.map((each) => (
            <tr key={each.id}>
              <td data-label={t('Email')} className="name">{each.email}</td>
              <td data-label={t('Since')}>{formatMoment(each.created_at)}</td>
              <td data-label={t('Confirmed')}>{each.confirmed_at ? formatMoment(each.confirmed_at) : '–'}</td>
              <td><button type="button" className="quiet small" aria-label={t('Remove {email}', { email: each.email })} onClick={() => void remove(each.id)}>{t('Remove')}</button></td>
            </tr>
          ))}
        </tbody>
      </table>
      <Letter confirmed={data.confirmed} />
    </section>
  );
}

function Letter({ confirmed }: { confirmed: number }) {
  const [errors, setErrors] = useState<Errors>({});
  const [sent, setSent] = useState<{ recipients: number; simulated: boolean } | null>(null);
  const [busy, setBusy] = useState(false);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = event.currentTarget;
    const input = v.safeParse(letterInput, Object.fromEntries(new FormData(form)));
    if (!input.success) return setErrors(errorsOf(input.issues));
    setBusy(true);
    try {
      setSent(await call('/app/newsletter/letters', { method: 'POST', body: input.output }));
      setErrors({});
      form.reset();
    } catch (thrown) {
      setErrors(errorsIn(thrown));
    }
    setBusy(false);
  }

  return (
    <form className="card form panel" onSubmit={(event) => void submit(event)} noValidate aria-labelledby="letter">
      <h2 id="letter">{t('Write to the subscribers')}</h2>
      {errors._form ? <Problem>{errors._form}</Problem> : null}
      {sent ? <output>{sent.simulated ? t('Kept in the outbox for {count} readers: e-mail is simulated.', { count: sent.recipients }) : t('On its way to {count} readers.', { count: sent.recipients })}</output> : null}
      <div className="control">
        <label htmlFor="letter-subject">{t('Subject')}</label>
        <input id="letter-subject" name="subject" maxLength={200} autoComplete="off" aria-required="true" aria-invalid={errors.subject !== undefined} />
        {errors.subject ? <p className="error" role="alert">{errors.subject}</p> : null}
      </div>
      <div className="control">
        <label htmlFor="letter-body">{t('Text')}</label>
        <textarea id="letter-body" name="body" rows={8} aria-required="true" aria-invalid={errors.body !== undefined} />
        {errors.body ? <p className="error" role="alert">{errors.body}</p> : null}
      </div>
      <div className="actions"><button type="submit" disabled={busy || confirmed === 0}>{t('Send to {count} readers', { count: confirmed })}</button></div>
    </form>
  );
}

const Invitation = () => (
  <section className="card panel" aria-labelledby="newsletter">
    <h2 id="newsletter">{t('Newsletter')}</h2>
    <p>{t('News of us by e-mail; you can leave at any time.')} <Link href={newsletterPath}>{t('Subscribe')}</Link></p>
  </section>
);

/** The newsletter. */
export const feature: ClientFeature = { pages: { newsletter: Newsletter, subscribers: List }, Home: Invitation };
