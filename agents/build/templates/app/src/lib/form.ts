import type { Field } from '../../shared/fields';
import { toLocalInput } from './format';

/** What a control shows for a value of the API. */
export function toControl(field: Field, value: unknown): string {
  if (value === null || value === undefined) return '';
  if (field.type === 'datetime') return toLocalInput(String(value));
  if (field.type === 'tags') return (value as string[]).join(', ');
  if (field.type === 'json') return JSON.stringify(value, null, 2);
  return String(value);
}

const numbers = new Set(['integer', 'decimal', 'money', 'rating', 'duration']);

/** The value for the API of what stands in a control; what cannot be converted stays a text and is refused by the schema. */
export function fromControl(key: string, field: Field, form: FormData): unknown {
  if (field.type === 'boolean') return form.has(key);
  if (field.type === 'references') return form.getAll(key);
  const text = String(form.get(key) ?? '').trim();
  if (field.type === 'tags') return text.split(',').map((tag) => tag.trim()).filter(Boolean);
  if (text === '') return null;
  if (numbers.has(field.type)) return Number.isFinite(Number(text)) ? Number(text) : text;
  if (field.type === 'datetime') return Number.isNaN(Date.parse(text)) ? text : new Date(text).toISOString();
  return text;
}

/** Parses the JSON texts of a form in place; the message of each that is none. */
export function parseJson(fields: [string, Field][], values: Record<string, unknown>): Record<string, string> {
  const errors: Record<string, string> = {};
  for (const [key, field] of fields) {
    const text = values[key];
    if (field.type !== 'json' || typeof text !== 'string') continue;
    try {
      values[key] = JSON.parse(text);
    } catch {
      errors[key] = `${field.title} must be JSON`;
    }
  }
  return errors;
}
