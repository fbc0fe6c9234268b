import type { ReactNode } from 'react';
import type { Row } from '../../shared/entity';
import type { Field, FieldType } from '../../shared/fields';
import { toControl } from '../lib/form';
import { humanise } from '../lib/format';
import { t } from '../lib/texts';
import { Choose } from './inputs/Choose';
import { Duration, Place, Rating } from './inputs/Groups';
import { Tags } from './inputs/Tags';
import { Colour, Json, MarkdownText } from './inputs/Texts';
import { Inputs, hasOwnInput } from './Slots';

const inputs: Partial<Record<FieldType, string>> = {
  integer: 'number', decimal: 'number', money: 'number', date: 'date', datetime: 'datetime-local',
  time: 'time', email: 'email', phone: 'tel', url: 'url', image: 'url', file: 'url',
};
const hints: Partial<Record<FieldType, string>> = {
  image: t('Address of a picture, https://…'), file: t('Address of a file, https://…'), json: 'JSON', markdown: 'Markdown',
};
const steps: Partial<Record<FieldType, string>> = { integer: '1', money: '0.01', decimal: 'any' };
/** Several controls together, named by a legend. */
const groups = new Set<FieldType>(['rating', 'duration', 'geo']);

export interface ControlProps {
  name: string;
  field: Field;
  value: unknown;
  error: string | undefined;
  /** The only values of a `choice` that are possible now. */
  choices?: readonly string[];
  /** What the records referred to are called, as in `_labels` of a record. */
  labels?: Row['_labels'][string] | undefined;
}

/** What every input gets: its id, its name in the form, and what describes it. */
export interface Common {
  id: string;
  name: string;
  'aria-invalid': boolean;
  'aria-required': boolean;
  'aria-describedby'?: string;
}

/** A labelled control for one field, with its help and its error. */
export function Control({ name, field, error, ...rest }: ControlProps) {
  const id = `field-${name}`;
  const help = field.help ?? (hasOwnInput(field.type) ? undefined : (hints[field.type] ?? zoneHint(field)));
  const described = [help ? `${id}-help` : '', error ? `${id}-error` : ''].filter(Boolean).join(' ');
  const common: Common = { id, name, 'aria-invalid': error !== undefined, 'aria-required': field.required === true, ...(described ? { 'aria-describedby': described } : {}) };
  const below = (
    <>
      {help ? <p id={`${id}-help`} className="help">{help}</p> : null}
      {error ? <p id={`${id}-error`} className="error" role="alert">{error}</p> : null}
    </>
  );
  const frame = `control control-${field.type}`;
  if (field.type === 'boolean') return <div className={frame}><Check field={field} value={rest.value} common={common} />{below}</div>;
  const input = <Input field={field} common={common} {...rest} />;
  if (groups.has(field.type)) return <Group className={frame} field={field} common={common}>{input}{below}</Group>;
  return (
    <div className={frame}>
      <label htmlFor={id}>{field.title}</label>
      <Required field={field} />
      {input}
      {below}
    </div>
  );
}

const Required = ({ field }: { field: Field }) => (field.required ? <span className="required" aria-hidden="true">{t('required')}</span> : null);

/** Moments are shown and typed in the reader's own zone. */
function zoneHint(field: Field): string | undefined {
  return field.type === 'datetime' ? t('Time in {zone}', { zone: Intl.DateTimeFormat().resolvedOptions().timeZone }) : undefined;
}

function Group({ className, field, common, children }: { className: string; field: Field; common: Common; children: ReactNode }) {
  const { id, 'aria-describedby': described } = common;
  return (
    <fieldset id={id} tabIndex={-1} className={className} aria-describedby={described}>
      <legend>{field.title}</legend>
      <Required field={field} />
      {children}
    </fieldset>
  );
}

function Check({ field, value, common }: { field: Field; value: unknown; common: Common }) {
  const { 'aria-required': _, ...rest } = common;
  return (
    <span className="checkbox">
      <input type="checkbox" defaultChecked={value === true || value === 'true'} {...rest} />
      <label htmlFor={common.id}>{field.title}</label>
    </span>
  );
}

type InputProps = Omit<ControlProps, 'name' | 'error'> & { common: Common };

function Input({ field, value, choices, labels, common }: InputProps) {
  const text = toControl(field, value);
  switch (field.type) {
    case 'choice':
      return (
        <select defaultValue={text} {...common}>
          {field.required && text !== '' ? null : <option value="">{t('Please choose')}</option>}
          {(choices ?? field.options ?? []).map((option) => <option key={option} value={option}>{humanise(option)}</option>)}
        </select>
      );
    case 'reference':
    case 'references': return <Choose field={field} value={value} labels={labels} common={common} />;
    case 'tags': return <Tags value={Array.isArray(value) ? value.map(String) : []} common={common} />;
    case 'rating': return <Rating field={field} value={text} common={common} />;
    case 'duration': return <Duration value={text} common={common} />;
    case 'geo': return <Place value={text} common={common} />;
    case 'color': return <Colour value={text} common={common} />;
    case 'json': return <Json value={text} common={common} />;
    case 'markdown': return <MarkdownText value={text} example={field.example} common={common} />;
    case 'longtext': return <textarea rows={5} defaultValue={text} placeholder={field.example} {...common} />;
    default: return <Inputs field={field} value={text} common={common} otherwise={<Plain field={field} value={text} common={common} />} />;
  }
}

function Plain({ field, value, common }: { field: Field; value: string; common: Common }) {
  const type = inputs[field.type] ?? 'text';
  const limits = type === 'number' ? { step: steps[field.type], min: field.min, max: field.max } : {};
  return <input type={type} {...limits} placeholder={field.example} defaultValue={value} autoComplete="off" {...common} />;
}
