import { check, type Entity, type Errors, type Row, type User, writable } from '../../shared/entity';
import type { Field } from '../../shared/fields';
import { readForm } from './form';

/** How the rows of a record's form lie in it: `line.<row>` are controls, `_rows.line` and `_removed.line` say which rows there are. */

export const begun = 'new-';

export interface ReadRows {
  /** The kind of row. */
  key: string;
  /** What is sent: new, changed and removed rows. */
  rows: Record<string, unknown>[];
  /** The form's name for each of `rows`. */
  names: string[];
  errors: Errors;
}

/** The fields that a row shows: not the one that points to the record around it. */
export const fieldsOfRow = (entity: Entity, field: string, user: User | null): [string, Field][] => writable(entity, user).filter(([key]) => key !== field);

const same = (a: unknown, b: unknown) => JSON.stringify(a ?? null) === JSON.stringify(b ?? null);

export function readRows(entity: Entity, field: string, user: User | null, form: FormData, loaded: ReadonlyMap<string, Row>): ReadRows {
  const { key } = entity;
  const found: ReadRows = { key, rows: [], names: [], errors: {} };
  for (const id of form.getAll(`_removed.${key}`).map(String)) {
    found.rows.push({ id, _remove: true });
    found.names.push(id);
  }
  const fields = fieldsOfRow(entity, field, user);
  for (const name of form.getAll(`_rows.${key}`).map(String)) {
    const before = loaded.get(name) ?? null;
    const { values, errors } = readForm(fields, form, before, `${key}.${name}.`);
    const input = check(fields, values, { rules: entity.rules });
    const wrong = { ...(input.ok ? {} : input.errors), ...errors };
    for (const [at, message] of Object.entries(wrong)) found.errors[`${key}.${name}.${at}`] = message;
    if (!input.ok || (before && fields.every(([each]) => same(before[each as keyof Row], input.values[each])))) continue;
    found.rows.push(before ? { ...input.values, id: name } : input.values);
    found.names.push(name);
  }
  return found;
}

/** The server tells the place of a row in what was sent, the form knows it by its name. */
export function placed(errors: Errors, sent: readonly ReadRows[]): Errors {
  const rename = (at: string) => {
    const [key, index, ...rest] = at.split('.');
    const name = sent.find((each) => each.key === key)?.names[Number(index)];
    return name === undefined ? at : [key, name, ...rest].join('.');
  };
  return Object.fromEntries(Object.entries(errors).map(([at, message]) => [rename(at), message]));
}
