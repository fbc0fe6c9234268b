import type { Errors } from '../../shared/entity';
import type { Field } from '../../shared/fields';
import { fromLocalInput, toLocalInput } from './format';
import { t } from './texts';

/** What a control shows for a value of the API. */
export function toControl(field: Field, value: unknown): string {
  if (value === null || value === undefined) return '';
  if (field.type === 'datetime') return toLocalInput(String(value));
  if (field.type === 'money') return typeof value === 'number' ? value.toFixed(2) : String(value);
  if (field.type === 'json') return JSON.stringify(value, null, 2);
  return String(value);
}

const numbers = new Set(['integer', 'decimal', 'money', 'rating']);

/** What stands in a control; one field may have several. */
function textOf(name: string, field: Field, form: FormData): string {
  const part = (suffix: string) => String(form.get(name + suffix) ?? '').trim();
  if (field.type === 'geo') return [part('.latitude'), part('.longitude')].filter(Boolean).join(', ');
  if (field.type !== 'duration') return part('');
  const [hours, minutes] = [part('.hours'), part('.minutes')];
  return hours === '' && minutes === '' ? '' : String(Number(hours) * 60 + Number(minutes));
}

/** The value for the API of what stands in a control; what cannot be converted stays a text and is refused by the schema. */
export function fromControl(name: string, field: Field, form: FormData, before?: unknown): unknown {
  if (field.type === 'boolean') return form.has(name);
  if (field.type === 'references' || field.type === 'tags') return form.getAll(name).map(String).filter(Boolean);
  const text = textOf(name, field, form);
  if (text === '') return null;
  // A control shows no seconds, and one hour of autumn twice: what nobody touched is sent back as it was.
  if (field.type === 'datetime') return before && toLocalInput(String(before)) === text ? before : (fromLocalInput(text) ?? text);
  if (numbers.has(field.type) || field.type === 'duration') return Number.isFinite(Number(text)) ? Number(text) : text;
  return text;
}

/** What a form holds for these fields, and what could not be read; `prefix` begins the names of its controls. */
export function readForm(fields: [string, Field][], form: FormData, before: Record<string, unknown> | null, prefix = ''): { values: Record<string, unknown>; errors: Errors } {
  const values: Record<string, unknown> = {};
  const errors: Errors = {};
  for (const [key, field] of fields) {
    const value = fromControl(prefix + key, field, form, before?.[key]);
    values[key] = value;
    if (field.type === 'datetime' && typeof value === 'string' && /T\d\d:\d\d$/.test(value)) errors[key] = t('{title}: the clocks skip this time of that day', { title: field.title });
    if (field.type !== 'json' || typeof value !== 'string') continue;
    const problem = jsonProblem(value);
    if (problem === null) values[key] = JSON.parse(value);
    else errors[key] = t('{title} must be JSON: {problem}', { title: field.title, problem });
  }
  return { values, errors };
}

/** Why a text is no JSON; null when it is. */
export function jsonProblem(text: string): string | null {
  try {
    JSON.parse(text);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
