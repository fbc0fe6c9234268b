import { type FormEvent, type ReactNode, useState } from 'react';
import * as v from 'valibot';
import { type Errors, errorsOf, type User } from '../../shared/entity';
import { ApiError, call, messageOf } from '../lib/api';
import { navigate, usePlace } from '../lib/router';
import { useSession } from '../lib/session';
import { Problem } from './Notice';

interface Props {
  title: string;
  path: '/auth/login' | '/auth/signup';
  schema: v.GenericSchema<unknown, object>;
  children: (errors: Errors) => ReactNode;
  below: ReactNode;
}

/** Where to go afterwards: only to an address of this app. */
const destination = (next: string | null) => (next && /^\/(?![/\\])/.test(next) ? next : '/');

export function AccountForm({ title, path, schema, children, below }: Props) {
  const { query } = usePlace();
  const { setUser } = useSession();
  const [errors, setErrors] = useState<Errors>({});
  const [busy, setBusy] = useState(false);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const input = v.safeParse(schema, Object.fromEntries(new FormData(event.currentTarget)));
    if (!input.success) return setErrors(errorsOf(input.issues));
    setBusy(true);
    try {
      const user = await call<User>(path, { method: 'POST', body: input.output });
      setUser(user);
      navigate(destination(query.get('next')));
    } catch (thrown) {
      const fields = thrown instanceof ApiError ? thrown.errors : {};
      setErrors(Object.keys(fields).length > 0 ? fields : { _form: messageOf(thrown) });
      setBusy(false);
    }
  }

  return (
    <section className="narrow">
      <h1>{title}</h1>
      <form className="card form" onSubmit={(event) => void submit(event)} noValidate aria-label={title}>
        {errors._form ? <Problem>{errors._form}</Problem> : null}
        {children(errors)}
        <div className="actions"><button type="submit" disabled={busy}>{title}</button></div>
      </form>
      <p className="muted">{below}</p>
    </section>
  );
}

interface EntryProps {
  name: string;
  label: string;
  type?: string;
  autoComplete: string;
  help?: string;
  error: string | undefined;
}

export function Entry({ name, label, type = 'text', autoComplete, help, error }: EntryProps) {
  const described = [help ? `${name}-help` : '', error ? `${name}-error` : ''].filter(Boolean).join(' ');
  return (
    <div className="control">
      <label htmlFor={name}>{label}</label>
      <input id={name} name={name} type={type} autoComplete={autoComplete} aria-required="true" aria-invalid={error !== undefined} {...(described ? { 'aria-describedby': described } : {})} />
      {help ? <p id={`${name}-help`} className="help">{help}</p> : null}
      {error ? <p id={`${name}-error`} className="error" role="alert">{error}</p> : null}
    </div>
  );
}
