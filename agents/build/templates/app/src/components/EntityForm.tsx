import { type FormEvent, type ReactNode, useId, useRef, useState } from 'react';
import { check, type Entity, type Errors, initialOf, nextStates, type Row, type User, writable } from '../../shared/entity';
import { entityOf } from '../../shared/model';
import { ApiError, call, messageOf } from '../lib/api';
import { readForm } from '../lib/form';
import { placed, readRows } from '../lib/rows';
import { useSession } from '../lib/session';
import { t } from '../lib/texts';
import { Control } from './Control';
import { Problem } from './Notice';
import { Rows } from './Rows';

export type Saved = Partial<Row> & { id: string };

interface Props {
  entity: Entity;
  /** The record to change; null for a new one. */
  row: Row | null;
  /** What a new record starts with, beside the fields' own defaults. */
  start?: URLSearchParams;
  /** Values that are settled and not shown. */
  fixed?: Readonly<Record<string, unknown>>;
  /** Inside something else, such as another form's dialog: its names must not meet those around it. */
  within?: boolean;
  onSaved: (saved: Saved) => void;
  cancel: ReactNode;
}

/** The states that a record's workflow field may have now; nothing for other fields. */
export function choices(entity: Entity, row: Row | null, key: string, user: User | null): readonly string[] | undefined {
  const flow = entity.workflow;
  if (!flow || flow.field !== key) return undefined;
  const now = row?.[key as keyof Row];
  return now === undefined || now === null ? [flow.initial] : [String(now), ...nextStates(entity, now, user, row?._mine === true)];
}

/** The controls of a record and of the rows in it, checked here and by the server, and saved together. */
export function EntityForm({ entity, row, start, fixed = {}, within = false, onSaved, cancel }: Props) {
  const { user } = useSession();
  const [errors, setErrors] = useState<Errors>({});
  const [busy, setBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  /** Rows as they were loaded. */
  const [loaded] = useState(() => new Map<string, Row>());
  const own = useId();
  const prefix = within ? `${own}.` : '';
  const fields = writable(entity, user);
  const shown = fields.filter(([key]) => !(key in fixed));
  const kinds = within ? [] : (entity.children ?? []).map(({ entity: key, field }) => ({ child: entityOf(key), field }));
  const initial = (key: string) => (row ? row[key as keyof Row] : (start?.get(key) ?? initialOf(entity.fields[key])));

  /** What the form holds, checked. */
  function read(data: FormData) {
    const { values, errors: unread } = readForm(shown, data, row, prefix);
    const input = check(fields, { ...values, ...fixed }, { rules: entity.rules });
    const rows = kinds.map(({ child, field }) => readRows(child, field, user, data, loaded));
    const wrong: Errors = Object.assign(input.ok ? {} : input.errors, unread, ...rows.map((each) => each.errors));
    const sent = Object.fromEntries(rows.filter((each) => each.rows.length > 0).map((each) => [each.key, each.rows]));
    return { wrong, rows, body: { ...(input.ok ? input.values : {}), ...(Object.keys(sent).length > 0 ? { _children: sent } : {}) } };
  }

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    // React passes the event on from a dialog to the form that opened it.
    event.stopPropagation();
    const { wrong, rows, body } = read(new FormData(event.currentTarget));
    if (Object.keys(wrong).length > 0) return show(wrong);
    setBusy(true);
    try {
      onSaved(await call<Saved>(row ? `/${entity.path}/${row.id}` : `/${entity.path}`, { method: row ? 'PATCH' : 'POST', body }));
    } catch (thrown) {
      const refused = thrown instanceof ApiError ? placed(thrown.errors, rows) : {};
      show(Object.keys(refused).length > 0 ? refused : { _form: messageOf(thrown) });
      setBusy(false);
    }
  }

  /** Shows what is wrong, and goes to the first of it. */
  function show(found: Errors) {
    // What is wrong with a field that this form does not have is told above it.
    const known = new Set([...shown.map(([key]) => key), ...kinds.map(({ child }) => child.key), '_form']);
    const elsewhere = Object.entries(found).filter(([key]) => !key.includes('.') && !known.has(key)).map(([, message]) => message);
    setErrors(elsewhere.length > 0 ? { ...found, _form: [found._form, ...elsewhere].filter(Boolean).join(' ') } : found);
    const places = new Set(Object.keys(found).map((key) => `field-${prefix}${key}`));
    [...(form.current?.querySelectorAll<HTMLElement>('[id]') ?? [])].find(({ id }) => places.has(id))?.focus();
  }

  return (
    <form ref={form} className={within ? 'form' : 'card form'} onSubmit={(event) => void submit(event)} noValidate aria-label={row ? t('Edit {title}', { title: entity.title }) : t('New {title}', { title: entity.title })}>
      {errors._form ? <Problem>{errors._form}</Problem> : null}
      {shown.map(([key, field]) => {
        const possible = choices(entity, row, key, user);
        return <Control key={key} name={prefix + key} field={field} value={initial(key)} labels={row?._labels[key]} error={errors[key]} {...(possible ? { choices: possible } : {})} />;
      })}
      {kinds.map(({ child, field }) => <Rows key={child.key} entity={child} field={field} parent={row?.id ?? null} errors={errors} loaded={loaded} />)}
      <div className="actions">
        <button type="submit" disabled={busy}>{t('Save')}</button>
        {cancel}
      </div>
    </form>
  );
}
