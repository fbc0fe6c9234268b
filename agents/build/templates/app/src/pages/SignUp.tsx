import { useEffect, useState } from 'react';
import { signUpInput } from '../../shared/accounts';
import { defaultRole, openRoles } from '../../shared/app';
import { AccountForm, Entry } from '../components/AccountForm';
import { Loading } from '../components/Notice';
import { SignUps } from '../components/Slots';
import { call, messageOf } from '../lib/api';
import { useLoad } from '../lib/load';
import { Link, usePlace } from '../lib/router';
import { t } from '../lib/texts';

interface Invited {
  email: string;
  role: string;
}

export function SignUp() {
  const token = usePlace().query.get('invitation');
  return token ? <ByInvitation token={token} /> : <Open />;
}

function Open() {
  const { data } = useLoad<{ open: boolean }>('/auth/signup');
  return data?.open === false ? <Closed>{t('Accounts are by invitation here: ask an administrator for one.')}</Closed> : <Form />;
}

function ByInvitation({ token }: { token: string }) {
  const [invited, setInvited] = useState<Invited | null>(null);
  const [refused, setRefused] = useState<string | null>(null);
  useEffect(() => {
    call<Invited>('/auth/invitations/look', { method: 'POST', body: { token } }).then(setInvited, (error: unknown) => setRefused(messageOf(error)));
  }, [token]);
  if (refused) return <Closed>{refused}</Closed>;
  return invited ? <Form invited={invited} token={token} /> : <Loading />;
}

const Closed = ({ children }: { children: string }) => (
  <section className="narrow">
    <h1>{t('Sign up')}</h1>
    <p>{children}</p>
    <p><Link href="/login">{t('Log in')}</Link></p>
  </section>
);

function Form({ invited, token }: { invited?: Invited; token?: string }) {
  return (
    <AccountForm
      title={t('Sign up')}
      path="/auth/signup"
      schema={signUpInput}
      more={token ? { invitation: token } : {}}
      below={<p>{t('Already registered?')} <Link href="/login">{t('Use your account')}</Link></p>}
    >
      {(errors) => (
        <>
          {invited ? <p>{t('You are invited as {role}.', { role: invited.role })}</p> : null}
          <Entry name="name" label={t('Name')} autoComplete="name" error={errors.name} />
          <Entry name="email" label={t('Email')} type="email" autoComplete="username" value={invited?.email} readOnly={invited !== undefined} error={errors.email} />
          <Entry name="password" label={t('Password')} type="password" autoComplete="new-password" help={t('At least 10 characters')} error={errors.password} />
          {openRoles.length > 1 && !invited ? (
            <div className="control">
              <label htmlFor="role">{t('I am')}</label>
              <select id="role" name="role" defaultValue={defaultRole}>
                {openRoles.map((role) => <option key={role.key} value={role.key}>{role.title}</option>)}
              </select>
            </div>
          ) : null}
          <SignUps errors={errors} />
        </>
      )}
    </AccountForm>
  );
}
