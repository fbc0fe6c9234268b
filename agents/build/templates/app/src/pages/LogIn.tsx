import { logInInput } from '../../shared/accounts';
import { AccountForm, Entry } from '../components/AccountForm';
import { Link, usePlace } from '../lib/router';

export function LogIn() {
  const { query } = usePlace();
  const next = query.get('next');
  return (
    <AccountForm
      title="Log in"
      path="/auth/login"
      schema={logInInput}
      below={<>No account yet? <Link href={next ? `/signup?next=${encodeURIComponent(next)}` : '/signup'}>Create one</Link></>}
    >
      {(errors) => (
        <>
          <Entry name="email" label="Email" type="email" autoComplete="username" error={errors.email} />
          <Entry name="password" label="Password" type="password" autoComplete="current-password" error={errors.password} />
        </>
      )}
    </AccountForm>
  );
}
