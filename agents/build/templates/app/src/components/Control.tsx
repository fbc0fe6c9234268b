import { reach } from '../../shared/entity';
import type { Field, FieldType } from '../../shared/fields';
import { entityOf } from '../../shared/model';
import { toControl } from '../lib/form';
import { humanise } from '../lib/format';
import { useLoad } from '../lib/load';
import { useSession } from '../lib/session';

const inputs: Partial<Record<FieldType, string>> = {
  integer: 'number', decimal: 'number', money: 'number', rating: 'number', duration: 'number', date: 'date', datetime: 'datetime-local',
  time: 'time', email: 'email', phone: 'tel', url: 'url', image: 'url', file: 'url', color: 'color',
};
const hints: Partial<Record<FieldType, string>> = {
  tags: 'Separate with commas', duration: 'In minutes', geo: 'Latitude, longitude', image: 'Address of a picture, https://…',
  file: 'Address of a file, https://…', json: 'JSON',
};
const steps: Partial<Record<FieldType, string>> = { integer: '1', rating: '1', duration: '1', money: '0.01', decimal: 'any' };

interface Props {
  name: string;
  field: Field;
  value: unknown;
  error: string | undefined;
  /** The only values of a `choice` that are possible now. */
  choices?: readonly string[];
}

/** A labelled control for one field, with its help and its error. */
export function Control({ name, field, value, error, choices }: Props) {
  const id = `field-${name}`;
  const help = field.help ?? hints[field.type];
  const described = [help ? `${id}-help` : '', error ? `${id}-error` : ''].filter(Boolean).join(' ');
  const common = { id, name, 'aria-invalid': error !== undefined, ...(described ? { 'aria-describedby': described } : {}) };
  return (
    <div className={`control control-${field.type}`}>
      {field.type === 'boolean' ? (
        <span className="checkbox">
          <input type="checkbox" defaultChecked={value === true} {...common} />
          <label htmlFor={id}>{field.title}</label>
        </span>
      ) : (
        <>
          <label htmlFor={id}>{field.title}</label>
          {field.required ? <span className="required" aria-hidden="true">required</span> : null}
          <Input field={field} value={value} choices={choices} common={{ ...common, 'aria-required': field.required === true }} />
        </>
      )}
      {help ? <p id={`${id}-help`} className="help">{help}</p> : null}
      {error ? <p id={`${id}-error`} className="error" role="alert">{error}</p> : null}
    </div>
  );
}

interface InputProps {
  field: Field;
  value: unknown;
  choices: readonly string[] | undefined;
  common: { id: string; name: string; 'aria-required': boolean };
}

function Input({ field, value, choices, common }: InputProps) {
  const text = toControl(field, value);
  switch (field.type) {
    case 'choice':
      return (
        <select defaultValue={text} {...common}>
          {field.required && text !== '' ? null : <option value="">Please choose</option>}
          {(choices ?? field.options ?? []).map((option) => <option key={option} value={option}>{humanise(option)}</option>)}
        </select>
      );
    case 'reference':
    case 'references':
      return <Choose field={field} value={value} common={common} />;
    case 'longtext':
    case 'markdown':
    case 'json':
      return <textarea rows={field.type === 'markdown' ? 10 : 5} defaultValue={text} placeholder={field.example} {...common} />;
    default:
      return (
        <input
          type={inputs[field.type] ?? 'text'}
          step={steps[field.type]}
          min={inputs[field.type] === 'number' ? field.min : undefined}
          max={inputs[field.type] === 'number' ? field.max : undefined}
          placeholder={field.example}
          defaultValue={field.type === 'color' && text === '' ? '#888888' : text}
          autoComplete="off"
          {...common}
        />
      );
  }
}

interface Option {
  id: string;
  label: string | null;
}

/** A select of the records that may be referred to. */
function Choose({ field, value, common }: Omit<InputProps, 'choices'>) {
  const { user } = useSession();
  const target = entityOf(field.target);
  const { data, error } = useLoad<Option[]>(reach(target, 'list', user) === 'none' ? null : `/${target.path}/options`);
  const many = field.type === 'references';
  const options = data ?? [];
  if (error) return <p role="alert" className="error">{error}</p>;
  return (
    // The key starts the select anew once its options are there: an earlier default would be lost.
    <select key={data === null ? 'loading' : 'loaded'} multiple={many} defaultValue={many ? ((value as string[] | undefined) ?? []) : String(value ?? '')} {...common}>
      {many ? null : <option value="">{data === null ? 'Loading…' : 'Please choose'}</option>}
      {options.map((option) => <option key={option.id} value={option.id}>{option.label ?? 'Without a name'}</option>)}
    </select>
  );
}
