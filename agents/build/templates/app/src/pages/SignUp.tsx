import { signUpInput } from '../../shared/accounts';
import { defaultRole, openRoles } from '../../shared/app';
import { AccountForm, Entry } from '../components/AccountForm';
import { Link } from '../lib/router';

export const SignUp = () => (
  <AccountForm title="Sign up" path="/auth/signup" schema={signUpInput} below={<>Already registered? <Link href="/login">Use your account</Link></>}>
    {(errors) => (
      <>
        <Entry name="name" label="Name" autoComplete="name" error={errors.name} />
        <Entry name="email" label="Email" type="email" autoComplete="username" error={errors.email} />
        <Entry name="password" label="Password" type="password" autoComplete="new-password" help="At least 10 characters" error={errors.password} />
        {openRoles.length > 1 ? (
          <div className="control">
            <label htmlFor="role">I am</label>
            <select id="role" name="role" defaultValue={defaultRole}>
              {openRoles.map((role) => <option key={role.key} value={role.key}>{role.title}</option>)}
            </select>
          </div>
        ) : null}
      </>
    )}
  </AccountForm>
);
