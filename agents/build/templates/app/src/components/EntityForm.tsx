import { type FormEvent, type ReactNode, useId, useState } from 'react';
import { check, type Entity, type Errors, initialOf, nextStates, type Row, writable } from '../../shared/entity';
import { ApiError, call, messageOf } from '../lib/api';
import { readForm } from '../lib/form';
import { useSession } from '../lib/session';
import { t } from '../lib/texts';
import { Control } from './Control';
import { Problem } from './Notice';

type Saved = Partial<Row> & { id: string };

interface Props {
  entity: Entity;
  /** The record to change; null for a new one. */
  row: Row | null;
  /** What a new record starts with, beside the fields' own defaults. */
  start?: URLSearchParams;
  /** Inside another form's dialog: its names must not meet those of the form around it. */
  within?: boolean;
  onSaved: (saved: Saved) => void;
  cancel: ReactNode;
}

/** The states that a record's workflow field may have now; nothing for other fields. */
function choices(entity: Entity, row: Row | null, key: string, user: Parameters<typeof nextStates>[2]): readonly string[] | undefined {
  const flow = entity.workflow;
  if (!flow || flow.field !== key) return undefined;
  const now = row?.[key as keyof Row];
  return now === undefined || now === null ? [flow.initial] : [String(now), ...nextStates(entity, now, user)];
}

/** The controls of a record, checked here and by the server, and saved. */
export function EntityForm({ entity, row, start, within = false, onSaved, cancel }: Props) {
  const { user } = useSession();
  const [errors, setErrors] = useState<Errors>({});
  const [busy, setBusy] = useState(false);
  const own = useId();
  const prefix = within ? `${own}.` : '';
  const fields = writable(entity, user);
  const initial = (key: string) => (row ? row[key as keyof Row] : (start?.get(key) ?? initialOf(entity.fields[key])));

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    // React passes the event on from a dialog to the form that opened it.
    event.stopPropagation();
    const { values, errors: unread } = readForm(fields, new FormData(event.currentTarget), row, prefix);
    const input = check(fields, values, { rules: entity.rules });
    if (!input.ok || Object.keys(unread).length > 0) return show({ ...(input.ok ? {} : input.errors), ...unread });
    setBusy(true);
    try {
      onSaved(await call<Saved>(row ? `/${entity.path}/${row.id}` : `/${entity.path}`, { method: row ? 'PATCH' : 'POST', body: input.values }));
    } catch (thrown) {
      const refused = thrown instanceof ApiError ? thrown.errors : {};
      show(Object.keys(refused).length > 0 ? refused : { _form: messageOf(thrown) });
      setBusy(false);
    }
  }

  function show(found: Errors) {
    setErrors(found);
    const first = fields.find(([key]) => found[key])?.[0];
    if (first !== undefined) document.getElementById(`field-${prefix}${first}`)?.focus();
  }

  return (
    <form className={within ? 'form' : 'card form'} onSubmit={(event) => void submit(event)} noValidate aria-label={row ? t('Edit {title}', { title: entity.title }) : t('New {title}', { title: entity.title })}>
      {errors._form ? <Problem>{errors._form}</Problem> : null}
      {fields.map(([key, field]) => {
        const possible = choices(entity, row, key, user);
        return <Control key={key} name={prefix + key} field={field} value={initial(key)} labels={row?._labels[key]} error={errors[key]} {...(possible ? { choices: possible } : {})} />;
      })}
      <div className="actions">
        <button type="submit" disabled={busy}>{t('Save')}</button>
        {cancel}
      </div>
    </form>
  );
}
