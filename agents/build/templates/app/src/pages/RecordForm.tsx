import { type FormEvent, useState } from 'react';
import { check, type Entity, type Errors, initialOf, nextStates, type Row, writable } from '../../shared/entity';
import { links } from '../../shared/pages';
import { labelOf } from '../components/Cards';
import { Control } from '../components/Control';
import { Empty, Loading, Problem } from '../components/Notice';
import { ApiError, call, messageOf } from '../lib/api';
import { fromControl, parseJson } from '../lib/form';
import { useLoad } from '../lib/load';
import { Link, navigate, usePlace } from '../lib/router';
import { useSession } from '../lib/session';
import { NotFound } from './NotFound';

/** The form of a new record, or with `id` of one that exists. */
export function RecordForm({ entity, id }: { entity: Entity; id?: string }) {
  const { data: row, error, status } = useLoad<Row>(id === undefined ? null : `/${entity.path}/${encodeURIComponent(id)}`);
  if (status === 404) return <NotFound />;
  if (error) return <Problem>{error}</Problem>;
  if (id !== undefined && !row) return <Loading />;
  return <Form entity={entity} row={row} />;
}

function Form({ entity, row }: { entity: Entity; row: Row | null }) {
  const { user } = useSession();
  const { query } = usePlace();
  const [errors, setErrors] = useState<Errors>({});
  const [busy, setBusy] = useState(false);
  const [sent, setSent] = useState(false);
  const fields = writable(entity, user);
  const link = links[entity.key];
  const flow = entity.workflow;
  const title = row ? `Edit ${labelOf(entity, row)}` : `New ${entity.title}`;

  /** A new record starts with the field's own default, or with what the address says. */
  const initial = (key: string) => (row ? row[key as keyof Row] : (query.get(key) ?? initialOf(entity.fields[key])));

  function choices(key: string): readonly string[] | undefined {
    if (!flow || flow.field !== key) return undefined;
    const now = row?.[key as keyof Row];
    return now === undefined || now === null ? [flow.initial] : [String(now), ...nextStates(entity, now, user)];
  }

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const element = event.currentTarget;
    const form = new FormData(element);
    const values = Object.fromEntries(fields.map(([key, field]) => [key, fromControl(key, field, form)]));
    const malformed = parseJson(fields, values);
    const input = check(fields, values, { rules: entity.rules });
    if (!input.ok || Object.keys(malformed).length > 0) return show(element, { ...(input.ok ? {} : input.errors), ...malformed });
    setBusy(true);
    try {
      const saved = await call<{ id: string; created_at?: string }>(row ? `/${entity.path}/${row.id}` : `/${entity.path}`, { method: row ? 'PATCH' : 'POST', body: input.values });
      // Whoever may add a record may not always read it afterwards.
      if (saved.created_at === undefined) setSent(true);
      else navigate(link ? link.detail(saved.id) : '/');
    } catch (thrown) {
      const refused = thrown instanceof ApiError ? thrown.errors : {};
      show(element, Object.keys(refused).length > 0 ? refused : { _form: messageOf(thrown) });
      setBusy(false);
    }
  }

  function show(element: HTMLFormElement, found: Errors) {
    setErrors(found);
    const first = fields.find(([key]) => found[key])?.[0];
    const control = first === undefined ? null : element.elements.namedItem(first);
    if (control instanceof HTMLElement) control.focus();
  }

  if (sent) return <Empty title="Thank you, it has been saved."><Link href="/">Go to the start</Link></Empty>;
  return (
    <section className="narrow" aria-labelledby="title">
      <h1 id="title">{title}</h1>
      <form className="card form" onSubmit={(event) => void submit(event)} noValidate aria-labelledby="title">
        {errors._form ? <Problem>{errors._form}</Problem> : null}
        {fields.map(([key, field]) => {
          const possible = choices(key);
          return <Control key={key} name={key} field={field} value={initial(key)} error={errors[key]} {...(possible ? { choices: possible } : {})} />;
        })}
        <div className="actions">
          <button type="submit" disabled={busy}>Save</button>
          {link ? <Link href={row ? link.detail(row.id) : link.list} className="button quiet">Cancel</Link> : null}
        </div>
      </form>
    </section>
  );
}
