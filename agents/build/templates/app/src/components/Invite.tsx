import { useState } from 'react';
import { invitationInput } from '../../shared/accounts';
import { invitableRoles } from '../../shared/app';
import { call, messageOf } from '../lib/api';
import { formatMoment } from '../lib/format';
import { useLoad } from '../lib/load';
import { t } from '../lib/texts';
import { Entry, SendForm } from './AccountForm';
import { Problem } from './Notice';

interface Pending {
  id: string;
  email: string;
  role: string;
  expires_at: string;
}

const titleOf = (key: string) => invitableRoles.find((role) => role.key === key)?.title ?? key;

/** Invites somebody by e-mail, and lists who has not come yet; `path` is where the API takes it. */
export function Invite({ path }: { path: string }) {
  const { data, reload } = useLoad<Pending[]>(path);
  const [said, setSaid] = useState('');
  const [problem, setProblem] = useState<string | null>(null);

  async function takeBack(id: string) {
    try {
      await call(`/auth/invitations/${id}`, { method: 'DELETE' });
      setProblem(null);
    } catch (thrown) {
      setProblem(messageOf(thrown));
    }
    reload();
  }

  return (
    <section className="stack" aria-labelledby="invite">
      <h2 id="invite">{t('Invite somebody')}</h2>
      <SendForm<{ sent: boolean }> title={t('Send the invitation')} path={path} schema={invitationInput} done={({ sent }, form) => { form.reset(); setSaid(sent ? t('The invitation is on its way.') : t('E-mail is simulated: an administrator finds the link on the page E-mail.')); reload(); }}>
        {(errors) => (
          <>
            <Entry name="email" label={t('Email')} type="email" autoComplete="off" error={errors.email} />
            <div className="control">
              <label htmlFor="role">{t('Role')}</label>
              <select id="role" name="role">
                {invitableRoles.map((role) => <option key={role.key} value={role.key}>{role.title}</option>)}
              </select>
            </div>
          </>
        )}
      </SendForm>
      <output className={said ? 'notice' : 'unseen'}>{said}</output>
      {problem ? <Problem>{problem}</Problem> : null}
      {data && data.length > 0 ? (
        <ul className="entries card">
          {data.map((each) => (
            <li key={each.id}>
              <span>{each.email} <span className="muted">{t('{role}, until {time}', { role: titleOf(each.role), time: formatMoment(each.expires_at) })}</span></span>
              <button type="button" className="quiet small" onClick={() => void takeBack(each.id)}>{t('Take back')}</button>
            </li>
          ))}
        </ul>
      ) : null}
    </section>
  );
}
