import { type FormEvent, useState } from 'react';
import * as v from 'valibot';
import { contactInput, type Message } from '../../shared/contact';
import { type Errors, errorsOf, type Page } from '../../shared/entity';
import { Empty, Loading, Problem } from '../components/Notice';
import { Pager } from '../components/Pager';
import type { ClientFeature, PageProps } from '../feature';
import { ApiError, call, messageOf } from '../lib/api';
import { formatMoment } from '../lib/format';
import { useLoad } from '../lib/load';
import { navigate, usePlace } from '../lib/router';
import { useSession } from '../lib/session';
import { t } from '../lib/texts';

/** A message to the administrators, from anybody. */
function Contact({ page }: PageProps) {
  const { user } = useSession();
  const [errors, setErrors] = useState<Errors>({});
  const [sent, setSent] = useState(false);
  const [busy, setBusy] = useState(false);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const body = Object.fromEntries(new FormData(event.currentTarget));
    const input = v.safeParse(contactInput, body);
    if (!input.success) return setErrors(errorsOf(input.issues));
    setBusy(true);
    try {
      await call('/app/contact', { method: 'POST', body });
      setSent(true);
    } catch (thrown) {
      const fields = thrown instanceof ApiError ? thrown.errors : {};
      setErrors(Object.keys(fields).length > 0 ? fields : { _form: messageOf(thrown) });
    }
    setBusy(false);
  }

  return (
    <section className="narrow">
      <h1>{page.title}</h1>
      {(page.sections ?? []).map((text) => <p key={text} className="prose">{text}</p>)}
      {sent ? <output className="card">{t('Thank you: your message has arrived.')}</output> : (
        <form key={user?.id} className="card form" onSubmit={(event) => void submit(event)} noValidate>
          {errors._form ?? errors.website ? <Problem>{errors._form ?? errors.website}</Problem> : null}
          <Entry name="name" label={t('Name')} value={user?.name} autoComplete="name" error={errors.name} />
          <Entry name="email" label={t('Email')} type="email" value={user?.email} autoComplete="email" error={errors.email} />
          <Entry name="message" label={t('Message')} autoComplete="off" error={errors.message} />
          <div className="unseen" aria-hidden="true">
            <label htmlFor="contact-website">{t('Leave this empty')}</label>
            <input id="contact-website" name="website" tabIndex={-1} autoComplete="off" />
          </div>
          <div className="actions"><button type="submit" disabled={busy}>{t('Send')}</button></div>
        </form>
      )}
    </section>
  );
}

interface EntryProps {
  name: string;
  label: string;
  type?: string;
  value?: string | undefined;
  autoComplete: string;
  error: string | undefined;
}

function Entry({ name, label, type, value = '', autoComplete, error }: EntryProps) {
  const id = `contact-${name}`;
  const common = { id, name, defaultValue: value, autoComplete, 'aria-required': true, 'aria-invalid': error !== undefined, ...(error ? { 'aria-describedby': `${id}-error` } : {}) };
  return (
    <div className="control">
      <label htmlFor={id}>{label}</label>
      {name === 'message' ? <textarea rows={6} {...common} /> : <input type={type} {...common} />}
      {error ? <p id={`${id}-error`} className="error" role="alert">{error}</p> : null}
    </div>
  );
}

/** What people wrote, for administrators. */
function Inbox({ page }: PageProps) {
  const { path, query } = usePlace();
  const done = query.has('done');
  const { data, error, reload } = useLoad<Page<Message>>(`/app/contact?${query}`);
  const [problem, setProblem] = useState<string | null>(null);

  async function mark(message: Message) {
    try {
      await call(`/app/contact/${message.id}`, { method: 'PATCH', body: { done: message.done_at === null } });
      setProblem(null);
    } catch (thrown) {
      setProblem(messageOf(thrown));
    }
    reload();
  }

  const go = (next: number) => navigate(`${path}?${new URLSearchParams({ ...(done ? { done: '1' } : {}), ...(next > 1 ? { page: String(next) } : {}) })}`);
  return (
    <section>
      <div className="heading">
        <h1>{page.title}</h1>
        <button type="button" className="quiet" aria-pressed={done} onClick={() => navigate(done ? path : `${path}?done=1`)}>{t('Done ones')}</button>
      </div>
      {problem ? <Problem>{problem}</Problem> : null}
      {error ? <Problem>{error}</Problem> : !data ? <Loading /> : data.total === 0 ? <Empty title={t('No messages here.')} /> : (
        <>
          {data.items.map((message) => (
            <article key={message.id} className="card panel">
              <h2>{message.name}</h2>
              <p className="muted"><a href={`mailto:${encodeURIComponent(message.email).replaceAll('%40', '@')}`}>{message.email}</a> · <time dateTime={message.created_at}>{formatMoment(message.created_at)}</time></p>
              <p className="prose">{message.message}</p>
              <p className="actions"><button type="button" className="quiet small" onClick={() => void mark(message)}>{message.done_at ? t('Not done yet') : t('Done')}</button></p>
            </article>
          ))}
          <Pager page={data.page} pageSize={data.pageSize} total={data.total} change={go} />
        </>
      )}
    </section>
  );
}

/** Messages to the administrators; the model's own text page may be the form. */
export const feature: ClientFeature = { pages: { contact: Contact, static: Contact, inbox: Inbox } };
