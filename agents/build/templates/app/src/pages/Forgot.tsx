import { useState } from 'react';
import { forgotInput } from '../../shared/accounts';
import { Entry, SendForm } from '../components/AccountForm';
import { Link } from '../lib/router';
import { t } from '../lib/texts';

/** Asks for a link to choose a new password with. */
export function Forgot() {
  const [sent, setSent] = useState(false);
  return (
    <section className="narrow">
      <h1>{t('Forgotten password')}</h1>
      {sent ? (
        <output className="card">{t('If there is an account with this address, a link is on its way to it. It works once, within one hour.')}</output>
      ) : (
        <SendForm title={t('Send me a link')} path="/auth/forgot" schema={forgotInput} done={() => setSent(true)}>
          {(errors) => <Entry name="email" label={t('Email')} type="email" autoComplete="username" error={errors.email} />}
        </SendForm>
      )}
      <p className="muted"><Link href="/login">{t('Back to the login')}</Link></p>
    </section>
  );
}
