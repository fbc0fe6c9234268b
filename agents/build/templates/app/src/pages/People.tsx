import { useState } from 'react';
import { roles } from '../../shared/app';
import type { User } from '../../shared/entity';
import { Loading, Problem } from '../components/Notice';
import { call, messageOf } from '../lib/api';
import { formatMoment } from '../lib/format';
import { useLoad } from '../lib/load';
import { useSession } from '../lib/session';

interface Account extends User {
  created_at: string;
}

/** Administrators see all accounts and give them roles. */
export function People() {
  const { user } = useSession();
  const { data, error, reload } = useLoad<Account[]>('/auth/users');
  const [problem, setProblem] = useState<string | null>(null);

  async function give(account: Account, role: string) {
    try {
      await call(`/auth/users/${account.id}`, { method: 'PATCH', body: { role } });
      setProblem(null);
    } catch (thrown) {
      setProblem(messageOf(thrown));
    }
    reload();
  }

  if (error) return <Problem>{error}</Problem>;
  return (
    <section>
      <h1>People</h1>
      {problem ? <Problem>{problem}</Problem> : null}
      {!data ? <Loading /> : (
        <table>
          <thead><tr><th scope="col">Name</th><th scope="col">Email</th><th scope="col">Since</th><th scope="col">Role</th></tr></thead>
          <tbody>
            {data.map((account) => (
              <tr key={account.id}>
                <td data-label="Name">{account.name}</td>
                <td data-label="Email">{account.email}</td>
                <td data-label="Since">{formatMoment(account.created_at)}</td>
                <td data-label="Role">
                  <select aria-label={`Role of ${account.name}`} value={account.role} disabled={account.id === user?.id} onChange={(event) => void give(account, event.target.value)}>
                    {roles.map((role) => <option key={role.key} value={role.key}>{role.title}</option>)}
                  </select>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
