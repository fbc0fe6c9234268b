import type { Page } from '../../shared/entity';
import { Empty, Loading, Problem } from '../components/Notice';
import { Pager } from '../components/Pager';
import { formatMoment } from '../lib/format';
import { useLoad } from '../lib/load';
import { navigate, usePlace } from '../lib/router';
import { t } from '../lib/texts';

interface Mail {
  id: string;
  recipient: string;
  subject: string;
  body: string;
  state: 'simulated' | 'waiting' | 'sent' | 'failed';
  attempts: number;
  error: string | null;
  created_at: string;
}

interface Mails extends Page<Mail> {
  /** Whether e-mail really goes out. */
  sent: boolean;
}

/** Administrators see what the app wrote to whom, and what became of it. */
export function Outbox() {
  const { path, query } = usePlace();
  const { data, error } = useLoad<Mails>(`/auth/outbox?page=${encodeURIComponent(query.get('page') ?? '1')}`);
  const states = { simulated: t('simulated: not sent'), waiting: t('waiting'), sent: t('sent'), failed: t('failed') };
  return (
    <section className="stack">
      <h1>{t('E-mail')}</h1>
      {data && !data.sent ? <p className="card">{t('E-mail is simulated: nothing is sent, and messages are only kept here. Set MAIL_URL, MAIL_FROM and APP_URL to send them.')}</p> : null}
      {error ? <Problem>{error}</Problem> : !data ? <Loading /> : data.total === 0 ? <Empty title={t('No e-mail yet.')} /> : (
        <>
          <ul className="plain-list stack">
            {data.items.map((mail) => (
              <li key={mail.id} className="card">
                <p><strong>{mail.subject}</strong> <span className="badge">{states[mail.state]}</span></p>
                <p className="muted">{t('To {address}', { address: mail.recipient })} · <time dateTime={mail.created_at}>{formatMoment(mail.created_at)}</time></p>
                {mail.error ? <p className="error">{t('Attempt {count}: {error}', { count: mail.attempts, error: mail.error })}</p> : null}
                <p className="prose">{mail.body || t('The text held a secret and was erased when it was sent.')}</p>
              </li>
            ))}
          </ul>
          <Pager page={data.page} pageSize={data.pageSize} total={data.total} change={(page) => navigate(`${path}?page=${page}`)} />
        </>
      )}
    </section>
  );
}
