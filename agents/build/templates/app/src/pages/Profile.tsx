import { roles } from '../../shared/app';
import { useSession } from '../lib/session';

export function Profile() {
  const { user } = useSession();
  if (!user) return null;
  return (
    <section className="narrow">
      <h1>{user.name}</h1>
      <dl className="facts card">
        <div><dt>Email</dt><dd>{user.email}</dd></div>
        <div><dt>Role</dt><dd>{roles.find((role) => role.key === user.role)?.title ?? user.role}</dd></div>
      </dl>
    </section>
  );
}
