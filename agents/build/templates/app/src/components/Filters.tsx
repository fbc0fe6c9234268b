import { useEffect, useId, useRef, useState } from 'react';
import type { Entity } from '../../shared/entity';
import type { Field, FieldType } from '../../shared/fields';
import { filterOf } from '../../shared/filters';
import { entityOf } from '../../shared/model';
import { call } from '../lib/api';
import { fromLocalInput, humanise, toLocalInput } from '../lib/format';
import { t } from '../lib/texts';
import { Combobox, nameOf, type Option } from './inputs/Combobox';
import { Chip } from './inputs/Tags';

interface Props {
  fields: [string, Field][];
  query: URLSearchParams;
  change: (key: string, value: string | readonly string[]) => void;
}

interface FilterProps {
  name: string;
  field: Field;
  query: URLSearchParams;
  change: Props['change'];
}

const isActive = (query: URLSearchParams, key: string) => [key, `${key}.from`, `${key}.to`].some((each) => query.has(each));

/** A control for each field that narrows a list, folded away until one does. */
export function Filters({ fields, query, change }: Props) {
  const offered = fields.filter(([key, field]) => filterOf(key, field) !== null);
  const active = offered.filter(([key]) => isActive(query, key)).length;
  if (offered.length === 0) return null;
  return (
    <details className="filters" open={active > 0}>
      <summary>{active > 0 ? t('Filters ({count})', { count: active }) : t('Filters')}</summary>
      <div className="filter-fields">
        {offered.map(([key, field]) => <Filter key={key} name={key} field={field} query={query} change={change} />)}
      </div>
    </details>
  );
}

function Filter(props: FilterProps) {
  switch (filterOf(props.name, props.field)) {
    case 'one of': return <OneOf {...props} />;
    case 'yes or no': return <YesOrNo {...props} />;
    case 'record': return <Records {...props} />;
    case 'tag': return <Tag {...props} />;
    case 'range': return <Range {...props} />;
    default: return null;
  }
}

function OneOf({ name, field, query, change }: FilterProps) {
  const chosen = query.getAll(name);
  const toggle = (option: string) => change(name, chosen.includes(option) ? chosen.filter((each) => each !== option) : [...chosen, option]);
  return (
    <fieldset>
      <legend>{field.title}</legend>
      {(field.options ?? []).map((option) => (
        <label key={option} className="checkbox"><input type="checkbox" checked={chosen.includes(option)} onChange={() => toggle(option)} /><span>{humanise(option)}</span></label>
      ))}
    </fieldset>
  );
}

function YesOrNo({ name, field, query, change }: FilterProps) {
  return (
    <label>
      <span>{field.title}</span>
      <select value={query.get(name) ?? ''} onChange={(event) => change(name, event.target.value)}>
        <option value="">{t('All')}</option>
        <option value="true">{t('Yes')}</option>
        <option value="false">{t('No')}</option>
      </select>
    </label>
  );
}

/** What records are called, by the ids in the address. */
function useNames(target: Entity, ids: string[]): Option[] {
  const [known, setKnown] = useState<Option[]>([]);
  const unknown = ids.filter((id) => !known.some((each) => each.id === id)).join(' ');
  useEffect(() => {
    if (unknown === '') return undefined;
    const abort = new AbortController();
    const wanted = unknown.split(' ');
    call<Option[]>(`/${target.path}/options?${new URLSearchParams(wanted.map((id) => ['id', id]))}`, { signal: abort.signal }).then(
      (found) => setKnown((now) => [...now, ...wanted.map((id) => found.find((each) => each.id === id) ?? { id, label: null })]),
      // Without a name it narrows the list all the same.
      () => {},
    );
    return () => abort.abort();
  }, [target, unknown]);
  return ids.map((id) => known.find((each) => each.id === id) ?? { id, label: '…' });
}

function Records({ name, field, query, change }: FilterProps) {
  const target = entityOf(field.target);
  const ids = query.getAll(name);
  const chosen = useNames(target, ids);
  return (
    <div className="filter-records">
      <span aria-hidden="true">{field.title}</span>
      <div className="chips">{chosen.map((each) => <Chip key={each.id} name={name} value={each.id} label={nameOf(each)} remove={() => change(name, ids.filter((id) => id !== each.id))} />)}</div>
      <Combobox target={target} value={null} without={ids} choose={(option) => option && change(name, [...ids, option.id])} box={{ id: `filter-${name}`, 'aria-label': field.title }} />
    </div>
  );
}

interface BoxProps {
  label: string;
  type: string;
  /** What the address says. */
  now: string;
  commit: (text: string) => void;
  described?: string;
}

const early = '1000';

/** Takes up what is typed when one leaves the box or presses Enter; a day or time as soon as it is whole. */
function Box({ label, type, now, commit, described }: BoxProps) {
  const box = useRef<HTMLInputElement>(null);
  useEffect(() => {
    // The address changed by other means, such as "Show all".
    if (box.current && box.current.value !== now) box.current.value = now;
  }, [now]);
  const take = (text: string) => text !== now && commit(text);
  const whole = type === 'date' || type === 'time';
  return (
    <label>
      <span>{label}</span>
      <input ref={box} type={type} step={type === 'number' ? 'any' : undefined} defaultValue={now} autoComplete="off" aria-describedby={described}
        onChange={({ target }) => whole && (type === 'time' || target.value >= early) && take(target.value)}
        onBlur={({ target }) => take(target.value.trim())}
        onKeyDown={(event) => event.key === 'Enter' && take(event.currentTarget.value.trim())} />
    </label>
  );
}

function Tag({ name, field, query, change }: FilterProps) {
  const commit = (text: string) => change(name, text.split(',').map((tag) => tag.trim()).filter(Boolean));
  return <Box label={field.title} type="text" now={query.getAll(name).join(', ')} commit={commit} />;
}

const types: Partial<Record<FieldType, string>> = { date: 'date', datetime: 'date', time: 'time' };

/** A day of the reader's zone as the moments it begins and ends at. */
function toBound(field: Field, text: string, end: 'from' | 'to'): string {
  if (field.type !== 'datetime' || text === '') return text;
  const minute = fromLocalInput(`${text}T${end === 'from' ? '00:00' : '23:59'}`) ?? '';
  return end === 'from' ? minute : minute.replace(':00.000Z', ':59.999Z');
}

function Range({ name, field, query, change }: FilterProps) {
  const id = useId();
  const box = (end: 'from' | 'to', label: string) => {
    const now = query.get(`${name}.${end}`) ?? '';
    const shown = field.type === 'datetime' ? toLocalInput(now).slice(0, 10) : now;
    return <Box label={label} type={types[field.type] ?? 'number'} now={shown} described={id} commit={(text) => change(`${name}.${end}`, toBound(field, text, end))} />;
  };
  return (
    <fieldset className="range">
      <legend id={id}>{field.type === 'duration' ? t('{title}, in minutes', { title: field.title }) : field.title}</legend>
      {box('from', t('From'))}
      {box('to', t('To'))}
    </fieldset>
  );
}
