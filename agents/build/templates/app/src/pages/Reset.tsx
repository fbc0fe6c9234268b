import { resetInput } from '../../shared/accounts';
import { AccountForm, Entry } from '../components/AccountForm';
import { Link, usePlace } from '../lib/router';
import { t } from '../lib/texts';

/** Where the link of a forgotten password leads. */
export function Reset() {
  const token = usePlace().query.get('token') ?? '';
  if (!token) {
    return (
      <section className="narrow">
        <h1>{t('New password')}</h1>
        <p>{t('The link is not complete.')} <Link href="/forgot">{t('Ask for another one')}</Link></p>
      </section>
    );
  }
  return (
    <AccountForm
      title={t('Set the new password')}
      path="/auth/reset"
      schema={resetInput}
      more={{ token }}
      below={<p><Link href="/forgot">{t('Ask for another link')}</Link></p>}
    >
      {(errors) => <Entry name="password" label={t('New password')} type="password" autoComplete="new-password" help={t('At least 10 characters. All other devices are logged out.')} error={errors.password} />}
    </AccountForm>
  );
}
