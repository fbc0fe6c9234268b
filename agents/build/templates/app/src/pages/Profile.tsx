import { useState } from 'react';
import { passwordInput, profileInput } from '../../shared/accounts';
import { roles } from '../../shared/app';
import type { User } from '../../shared/entity';
import { Entry, SendForm } from '../components/AccountForm';
import { Sessions } from '../components/Sessions';
import { useSession } from '../lib/session';
import { t } from '../lib/texts';

export function Profile() {
  const { user, setUser } = useSession();
  const [done, setDone] = useState('');
  const [round, setRound] = useState(0);
  if (!user) return null;
  return (
    <section className="narrow stack">
      <h1>{user.name}</h1>
      <output className={done ? 'notice' : 'unseen'}>{done}</output>
      <dl className="facts card">
        <div><dt>{t('Email')}</dt><dd>{user.email}</dd></div>
        <div><dt>{t('Role')}</dt><dd>{roles.find((role) => role.key === user.role)?.title ?? user.role}</dd></div>
      </dl>
      <SendForm<User> title={t('Change my name')} path="/auth/me" method="PATCH" schema={profileInput} done={(changed) => { setUser(changed); setDone(t('Your name is changed.')); }}>
        {(errors) => <Entry name="name" label={t('Name')} autoComplete="name" value={user.name} error={errors.name} />}
      </SendForm>
      <SendForm
        title={t('Change my password')}
        path="/auth/password"
        schema={passwordInput}
        done={(_, form) => { form.reset(); setRound(round + 1); setDone(t('Your password is changed. All other devices are logged out.')); }}
      >
        {(errors) => (
          <>
            <Entry name="current" label={t('Current password')} type="password" autoComplete="current-password" error={errors.current} />
            <Entry name="password" label={t('New password')} type="password" autoComplete="new-password" help={t('At least 10 characters')} error={errors.password} />
          </>
        )}
      </SendForm>
      <Sessions key={round} />
    </section>
  );
}
