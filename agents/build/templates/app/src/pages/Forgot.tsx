import { useState } from 'react';
import { forgotInput } from '../../shared/accounts';
import { Entry, SendForm } from '../components/AccountForm';
import { Link } from '../lib/router';
import { t } from '../lib/texts';

/** Asks for a link to choose a new password with. */
export function Forgot() {
  const [answer, setAnswer] = useState<{ sent: boolean } | null>(null);
  return (
    <section className="narrow">
      <h1>{t('Forgotten password')}</h1>
      {answer ? (
        <output className="card">
          {answer.sent
            ? t('If there is an account with this address, a link is on its way to it. It works once, within one hour.')
            : t('E-mail is simulated here, so nothing is sent: if there is an account with this address, an administrator finds the link on the page E-mail.')}
        </output>
      ) : (
        <SendForm<{ sent: boolean }> title={t('Send me a link')} path="/auth/forgot" schema={forgotInput} done={setAnswer}>
          {(errors) => <Entry name="email" label={t('Email')} type="email" autoComplete="username" error={errors.email} />}
        </SendForm>
      )}
      <p className="muted"><Link href="/login">{t('Back to the login')}</Link></p>
    </section>
  );
}
