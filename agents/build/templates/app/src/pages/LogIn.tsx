import { logInInput } from '../../shared/accounts';
import { AccountForm, Entry } from '../components/AccountForm';
import { Link, usePlace } from '../lib/router';
import { t } from '../lib/texts';

export function LogIn() {
  const { query } = usePlace();
  const next = query.get('next');
  return (
    <AccountForm
      title={t('Log in')}
      path="/auth/login"
      schema={logInInput}
      below={(
        <>
          <p>{t('No account yet?')} <Link href={next ? `/signup?next=${encodeURIComponent(next)}` : '/signup'}>{t('Create one')}</Link></p>
          <p><Link href="/forgot">{t('Forgotten your password?')}</Link></p>
        </>
      )}
    >
      {(errors) => (
        <>
          <Entry name="email" label={t('Email')} type="email" autoComplete="username" error={errors.email} />
          <Entry name="password" label={t('Password')} type="password" autoComplete="current-password" error={errors.password} />
        </>
      )}
    </AccountForm>
  );
}
