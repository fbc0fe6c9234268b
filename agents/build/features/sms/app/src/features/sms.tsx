import { type FormEvent, useState } from 'react';
import type { Errors } from '../../shared/entity';
import type { Sms } from '../../shared/sms';
import { Loading, Problem } from '../components/Notice';
import type { ClientFeature, PageProps } from '../feature';
import { ApiError, call, messageOf } from '../lib/api';
import { formatMoment } from '../lib/format';
import { useLoad } from '../lib/load';
import { t } from '../lib/texts';

/** The reader's number for news, and the messages where they are only simulated. */
function Messages({ page }: PageProps) {
  const { data, error, reload } = useLoad<Sms>('/app/sms');
  const [errors, setErrors] = useState<Errors>({});

  async function send(work: () => Promise<unknown>) {
    try {
      await work();
      setErrors({});
    } catch (thrown) {
      const fields = thrown instanceof ApiError ? thrown.errors : {};
      setErrors(Object.keys(fields).length > 0 ? fields : { _form: messageOf(thrown) });
    }
    reload();
  }

  if (error) return <Problem>{error}</Problem>;
  if (!data) return <Loading />;
  return (
    <section className="narrow">
      <h1>{page.title}</h1>
      {data.simulated ? <p><strong className="badge">{t('Simulated')}</strong> {t('No message leaves this app: what would be sent is shown below.')}</p> : null}
      {errors._form ? <Problem>{errors._form}</Problem> : null}
      {data.phone && data.confirmed ? <p className="card">{t('News goes to {phone}.', { phone: data.phone })}</p> : null}
      {data.phone && !data.confirmed ? <One name="code" label={t('Code that was sent to {phone}', { phone: data.phone })} action={t('Confirm')} error={errors.code} send={(code) => send(() => call('/app/sms/confirm', { method: 'POST', body: { code } }))} /> : null}
      <One name="phone" label={t('Telephone number')} action={data.phone ? t('Use another number') : t('Get news as text messages')} error={errors.phone} send={(phone) => send(() => call('/app/sms', { method: 'POST', body: { phone } }))} />
      {data.phone ? <p className="actions"><button type="button" className="quiet" onClick={() => void send(() => call('/app/sms', { method: 'DELETE' }))}>{t('Send no more messages')}</button></p> : null}
      {data.messages.length > 0 ? (
        <section className="card panel" aria-labelledby="simulated">
          <h2 id="simulated">{t('Simulated messages')}</h2>
          <ul className="recent">{data.messages.map((each) => <li key={each.id}><time dateTime={each.created_at}>{formatMoment(each.created_at)}</time>: {each.text}</li>)}</ul>
        </section>
      ) : null}
    </section>
  );
}

interface OneProps {
  name: 'phone' | 'code';
  label: string;
  action: string;
  error: string | undefined;
  send: (text: string) => Promise<void>;
}

function One({ name, label, action, error, send }: OneProps) {
  const id = `sms-${name}`;
  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    void send(String(new FormData(event.currentTarget).get(name) ?? ''));
  }
  return (
    <form className="card form panel" onSubmit={submit} noValidate>
      <div className="control">
        <label htmlFor={id}>{label}</label>
        <input id={id} name={name} type={name === 'phone' ? 'tel' : 'text'} inputMode={name === 'phone' ? 'tel' : 'numeric'} autoComplete={name === 'phone' ? 'tel' : 'one-time-code'} aria-required="true" aria-invalid={error !== undefined} {...(error ? { 'aria-describedby': `${id}-error` } : {})} />
        {error ? <p id={`${id}-error`} className="error" role="alert">{error}</p> : null}
      </div>
      <div className="actions"><button type="submit">{action}</button></div>
    </form>
  );
}

/** News as text messages. */
export const feature: ClientFeature = { pages: { sms: Messages } };
