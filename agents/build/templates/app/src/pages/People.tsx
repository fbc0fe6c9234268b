import { type FormEvent, useState } from 'react';
import { roles } from '../../shared/app';
import type { Page, User } from '../../shared/entity';
import { Invite } from '../components/Invite';
import { Empty, Loading, Problem } from '../components/Notice';
import { Pager } from '../components/Pager';
import { call, messageOf } from '../lib/api';
import { formatMoment } from '../lib/format';
import { useLoad } from '../lib/load';
import { navigate, usePlace } from '../lib/router';
import { useSession } from '../lib/session';
import { t } from '../lib/texts';

interface Account extends User {
  created_at: string;
  blocked: boolean;
}

/** Administrators see all accounts, give them roles, block and invite. */
export function People() {
  const { path, query } = usePlace();
  const q = query.get('q') ?? '';
  const { data, error, reload } = useLoad<Page<Account>>(`/auth/users?${new URLSearchParams({ q, page: query.get('page') ?? '1' })}`);
  const [problem, setProblem] = useState<string | null>(null);

  const show = (values: Record<string, string>) => navigate(`${path}?${new URLSearchParams(Object.entries(values).filter(([, value]) => value))}`);

  function search(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    show({ q: String(new FormData(event.currentTarget).get('q') ?? '').trim() });
  }

  async function change(account: Account, body: { role?: string; blocked?: boolean }) {
    try {
      await call(`/auth/users/${account.id}`, { method: 'PATCH', body });
      setProblem(null);
    } catch (thrown) {
      setProblem(messageOf(thrown));
    }
    reload();
  }

  return (
    <section className="stack">
      <h1>{t('People')}</h1>
      <search>
        <form className="tools" onSubmit={search}>
          <label className="search"><span>{t('Search')}</span><input type="search" name="q" defaultValue={q} placeholder={t('Name or email')} /></label>
        </form>
      </search>
      {problem ? <Problem>{problem}</Problem> : null}
      {error ? <Problem>{error}</Problem> : !data ? <Loading /> : data.total === 0 ? <Empty title={t('Nobody is found.')} /> : (
        <>
          <Accounts accounts={data.items} change={(account, body) => void change(account, body)} />
          <Pager page={data.page} pageSize={data.pageSize} total={data.total} change={(page) => show({ q, page: String(page) })} />
        </>
      )}
      <Invite path="/auth/invitations" />
    </section>
  );
}

interface AccountsProps {
  accounts: Account[];
  change: (account: Account, body: { role?: string; blocked?: boolean }) => void;
}

function Accounts({ accounts, change }: AccountsProps) {
  const { user } = useSession();
  return (
    <table>
      <thead><tr>{[t('Name'), t('Email'), t('Since'), t('Role'), t('Access')].map((title) => <th key={title} scope="col">{title}</th>)}</tr></thead>
      <tbody>
        {accounts.map((account) => (
          <tr key={account.id}>
            <td data-label={t('Name')}>{account.name}</td>
            <td data-label={t('Email')}>{account.email}</td>
            <td data-label={t('Since')}>{formatMoment(account.created_at)}</td>
            <td data-label={t('Role')}>
              <select aria-label={t('Role of {name}', { name: account.name })} value={account.role} disabled={account.id === user?.id} onChange={(event) => change(account, { role: event.target.value })}>
                {roles.map((role) => <option key={role.key} value={role.key}>{role.title}</option>)}
              </select>
            </td>
            <td data-label={t('Access')}>
              {account.id === user?.id ? <span className="muted">{t('you')}</span> : (
                <button type="button" className={account.blocked ? 'quiet small' : 'quiet danger small'} aria-label={account.blocked ? t('Unblock {name}', { name: account.name }) : t('Block {name}', { name: account.name })} onClick={() => change(account, { blocked: !account.blocked })}>
                  {account.blocked ? t('Unblock') : t('Block')}
                </button>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
