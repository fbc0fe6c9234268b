import { useEffect, useRef, useState } from 'react';
import { type Entity, type Errors, initialOf, type Page, reach, type Row } from '../../shared/entity';
import { useLoad } from '../lib/load';
import { begun, fieldsOfRow } from '../lib/rows';
import { useSession } from '../lib/session';
import { t } from '../lib/texts';
import { labelOf } from './Cards';
import { Control } from './Control';
import { choices } from './EntityForm';
import { Loading, Problem } from './Notice';

interface Props {
  entity: Entity;
  /** The field that points to the record around the rows. */
  field: string;
  /** Id of the record around them; null for a new one. */
  parent: string | null;
  errors: Errors;
  /** Is told what the rows were. */
  loaded: Map<string, Row>;
}

const most = 200;

/** The records that belong to another one, as rows of its form: added, changed and removed with it. */
export function Rows({ entity, field, parent, errors, loaded }: Props) {
  const { user } = useSession();
  const listed = reach(entity, 'list', user) !== 'none';
  const { data, error } = useLoad<Page<Row>>(parent !== null && listed ? `/${entity.path}?${field}=${parent}&pageSize=${most}&sort=created_at` : null);
  const [added, setAdded] = useState<string[]>([]);
  const [removed, setRemoved] = useState<string[]>([]);
  const next = useRef(0);
  const latest = useRef<string | null>(null);
  const rows = data?.items ?? [];

  useEffect(() => {
    for (const row of data?.items ?? []) loaded.set(row.id, row);
  }, [data, loaded]);
  useEffect(() => {
    const place = latest.current === null ? null : document.getElementById(latest.current);
    place?.querySelector<HTMLElement>('input:not([type="hidden"]), select, textarea')?.focus();
    latest.current = null;
  }, [added]);

  const mayCreate = reach(entity, 'create', user) !== 'none';
  if (!listed && !mayCreate) return null;
  const may = (action: 'update' | 'delete', row: Row) => {
    const far = reach(entity, action, user);
    return far === 'all' || (far === 'own' && row._mine);
  };

  function add() {
    next.current += 1;
    const name = `${begun}${next.current}`;
    latest.current = `${entity.key}.${name}`;
    setAdded([...added, name]);
  }

  const shown = rows.filter((row) => !removed.includes(row.id));
  return (
    <section className="rows" aria-label={entity.titlePlural}>
      <h2>{entity.titlePlural}</h2>
      {errors[entity.key] ? <Problem>{errors[entity.key]}</Problem> : null}
      {error ? <Problem>{error}</Problem> : null}
      {parent !== null && listed && !data && !error ? <Loading /> : null}
      {data && data.total > rows.length ? <p className="help">{t('Only the first {count} of {total} are shown here.', { count: rows.length, total: data.total })}</p> : null}
      {removed.map((id) => <input key={id} type="hidden" name={`_removed.${entity.key}`} value={id} />)}
      {shown.map((row) => (
        <RowFields key={row.id} entity={entity} field={field} name={row.id} row={row} errors={errors} title={labelOf(entity, row)} closed={!may('update', row)}
          {...(may('delete', row) ? { remove: () => setRemoved([...removed, row.id]) } : {})} />
      ))}
      {added.map((name, index) => (
        <RowFields key={name} entity={entity} field={field} name={name} row={null} errors={errors} title={t('New {title} {number}', { title: entity.title, number: index + 1 })} closed={false}
          remove={() => setAdded(added.filter((each) => each !== name))} />
      ))}
      {shown.length + added.length === 0 && (data || parent === null) ? <p className="help">{t('Nothing here yet')}</p> : null}
      {mayCreate ? <button type="button" className="quiet small" disabled={shown.length + added.length >= most} onClick={add}>{t('Add {title}', { title: entity.title })}</button> : null}
    </section>
  );
}

interface RowProps {
  entity: Entity;
  field: string;
  name: string;
  row: Row | null;
  errors: Errors;
  title: string;
  closed: boolean;
  remove?: () => void;
}

function RowFields({ entity, field, name, row, errors, title, closed, remove }: RowProps) {
  const { user } = useSession();
  const place = `${entity.key}.${name}`;
  return (
    <fieldset id={place} className="row" disabled={closed}>
      <legend>{title}</legend>
      {errors[`${place}._form`] ? <Problem>{errors[`${place}._form`]}</Problem> : null}
      {closed ? null : <input type="hidden" name={`_rows.${entity.key}`} value={name} />}
      {fieldsOfRow(entity, field, user).map(([key, each]) => {
        const possible = choices(entity, row, key, user);
        return <Control key={key} name={`${place}.${key}`} field={each} value={row ? row[key as keyof Row] : initialOf(each)} labels={row?._labels[key]} error={errors[`${place}.${key}`]} {...(possible ? { choices: possible } : {})} />;
      })}
      {remove ? <button type="button" className="quiet small" onClick={remove} aria-label={t('Remove {name}', { name: title })}>{t('Remove')}</button> : null}
    </fieldset>
  );
}
