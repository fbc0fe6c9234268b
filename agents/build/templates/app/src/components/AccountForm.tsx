import { type FormEvent, type ReactNode, useState } from 'react';
import * as v from 'valibot';
import { type Errors, errorsOf, type User } from '../../shared/entity';
import { ApiError, call, messageOf } from '../lib/api';
import { navigate, usePlace } from '../lib/router';
import { useSession } from '../lib/session';
import { Problem } from './Notice';

interface SendProps<T> {
  /** Says what the form is, and what its button does. */
  title: string;
  path: string;
  method?: 'POST' | 'PATCH';
  schema: v.GenericSchema<unknown, object>;
  /** What is sent besides what the form asks for. */
  more?: Record<string, string>;
  done: (answer: T, form: HTMLFormElement) => void;
  children: (errors: Errors) => ReactNode;
}

/** A form of entries that is checked by the schema of both sides and then sent. */
export function SendForm<T>({ title, path, method = 'POST', schema, more = {}, done, children }: SendProps<T>) {
  const [errors, setErrors] = useState<Errors>({});
  const [busy, setBusy] = useState(false);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = event.currentTarget;
    const filled = { ...Object.fromEntries(new FormData(form)), ...more };
    const input = v.safeParse(schema, filled);
    if (!input.success) return setErrors(errorsOf(input.issues));
    setBusy(true);
    try {
      const answer = await call<T>(path, { method, body: { ...filled, ...input.output } });
      setErrors({});
      done(answer, form);
    } catch (thrown) {
      const fields = thrown instanceof ApiError ? thrown.errors : {};
      setErrors(Object.keys(fields).length > 0 ? fields : { _form: messageOf(thrown) });
    }
    setBusy(false);
  }

  const shown = children(errors);
  const general = errors._form ?? errors.token ?? errors.invitation;
  return (
    <form className="card form" onSubmit={(event) => void submit(event)} noValidate aria-label={title}>
      {general ? <Problem>{general}</Problem> : null}
      {shown}
      <div className="actions"><button type="submit" disabled={busy}>{title}</button></div>
    </form>
  );
}

/** Where to go afterwards: only to an address of this app. */
const destination = (next: string | null) => (next && /^\/(?![/\\])/.test(next) ? next : '/');

interface Props extends Omit<SendProps<User>, 'done' | 'method'> {
  below?: ReactNode;
}

/** A form after which one is signed in. */
export function AccountForm({ below, ...form }: Props) {
  const { query } = usePlace();
  const { setUser } = useSession();
  const enter = (user: User) => {
    setUser(user);
    navigate(destination(query.get('next')));
  };
  return (
    <section className="narrow entrance">
      <h1>{form.title}</h1>
      <SendForm<User> {...form} done={enter} />
      {below ? <div className="muted">{below}</div> : null}
    </section>
  );
}

interface EntryProps {
  name: string;
  label: string;
  type?: string;
  autoComplete: string;
  help?: string;
  value?: string | undefined;
  readOnly?: boolean;
  error: string | undefined;
}

export function Entry({ name, label, type = 'text', autoComplete, help, value = '', readOnly = false, error }: EntryProps) {
  const described = [help ? `${name}-help` : '', error ? `${name}-error` : ''].filter(Boolean).join(' ');
  return (
    <div className="control">
      <label htmlFor={name}>{label}</label>
      <input id={name} name={name} type={type} autoComplete={autoComplete} defaultValue={value} readOnly={readOnly} aria-required="true" aria-invalid={error !== undefined} {...(described ? { 'aria-describedby': described } : {})} />
      {help ? <p id={`${name}-help`} className="help">{help}</p> : null}
      {error ? <p id={`${name}-error`} className="error" role="alert">{error}</p> : null}
    </div>
  );
}
