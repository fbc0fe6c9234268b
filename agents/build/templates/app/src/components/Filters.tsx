import { type KeyboardEvent, useId } from 'react';
import type { Field, FieldType } from '../../shared/fields';
import { filterOf } from '../../shared/filters';
import { entityOf } from '../../shared/model';
import { fromLocalInput, humanise, toLocalInput } from '../lib/format';
import { t } from '../lib/texts';
import { useChosen } from './inputs/Choose';
import { Combobox, nameOf } from './inputs/Combobox';
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
        {/* The key starts a filter anew when the address changed by other means. */}
        {offered.map(([key, field]) => <Filter key={`${key} ${query.getAll(key).join(' ')}`} name={key} field={field} query={query} change={change} />)}
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

function Records({ name, field, query, change }: FilterProps) {
  const target = entityOf(field.target);
  const [chosen] = useChosen(target, query.getAll(name), undefined);
  const ids = chosen.map((each) => each.id);
  return (
    <div className="filter-records">
      <span aria-hidden="true">{field.title}</span>
      <div className="chips">{chosen.map((each) => <Chip key={each.id} name={name} value={each.id} label={nameOf(each)} remove={() => change(name, ids.filter((id) => id !== each.id))} />)}</div>
      <Combobox target={target} value={null} without={ids} choose={(option) => option && change(name, [...ids, option.id])} box={{ id: `filter-${name}`, 'aria-label': field.title }} />
    </div>
  );
}

/** Takes up what is typed when one leaves the box or presses Enter. */
const committing = (commit: (text: string) => void) => ({
  onBlur: ({ target }: { target: HTMLInputElement }) => commit(target.value.trim()),
  onKeyDown: (event: KeyboardEvent<HTMLInputElement>) => event.key === 'Enter' && commit(event.currentTarget.value.trim()),
});

function Tag({ name, field, query, change }: FilterProps) {
  const now = query.getAll(name).join(', ');
  const commit = (text: string) => text !== now && change(name, text.split(',').map((tag) => tag.trim()).filter(Boolean));
  return <label><span>{field.title}</span><input type="text" defaultValue={now} autoComplete="off" {...committing(commit)} /></label>;
}

const types: Partial<Record<FieldType, string>> = { date: 'date', datetime: 'date', time: 'time' };

/** A day of the reader's zone as the moments it begins and ends at. */
function toBound(field: Field, text: string, end: 'from' | 'to'): string {
  if (field.type !== 'datetime' || text === '') return text;
  return fromLocalInput(`${text}T${end === 'from' ? '00:00' : '23:59'}`)?.replace(end === 'to' ? ':00.000Z' : '\0', ':59.999Z') ?? '';
}

function Range({ name, field, query, change }: FilterProps) {
  const id = useId();
  const box = (end: 'from' | 'to', label: string) => {
    const key = `${name}.${end}`;
    const now = query.get(key) ?? '';
    const shown = field.type === 'datetime' ? toLocalInput(now).slice(0, 10) : now;
    const commit = (text: string) => text !== shown && change(key, toBound(field, text, end));
    return <label><span>{label}</span><input key={now} type={types[field.type] ?? 'number'} step={types[field.type] ? undefined : 'any'} defaultValue={shown} aria-describedby={id} {...committing(commit)} /></label>;
  };
  return (
    <fieldset className="range">
      <legend id={id}>{field.type === 'duration' ? t('{title}, in minutes', { title: field.title }) : field.title}</legend>
      {box('from', t('From'))}
      {box('to', t('To'))}
    </fieldset>
  );
}
