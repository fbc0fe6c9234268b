import type { Field } from '../../shared/fields';

/** A JSON Schema of the draft 2020-12, as OpenAPI 3.1 uses it. */
export type Schema = Readonly<Record<string, unknown>>;

export const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });
export const id: Schema = { type: 'string', format: 'uuid' };
export const text: Schema = { type: 'string' };
export const moment: Schema = { type: 'string', format: 'date-time' };
export const list = (items: Schema): Schema => ({ type: 'array', items });
export const object = (properties: Readonly<Record<string, Schema>>, required: readonly string[] = Object.keys(properties)): Schema => ({ type: 'object', properties, ...(required.length > 0 ? { required } : {}) });

/** Longest texts where the field says nothing else, as in `shared/fields.ts`. */
const longest: Partial<Record<Field['type'], number>> = { text: 200, longtext: 20_000, markdown: 20_000, phone: 40, email: 254, url: 2_000, image: 2_000, file: 2_000, geo: 60 };

function lengths({ type, min, max }: Field): Schema {
  return { ...(min === undefined ? {} : { minLength: min }), maxLength: max ?? longest[type] };
}

function limits({ min, max }: Field): Schema {
  return { ...(min === undefined ? {} : { minimum: min }), ...(max === undefined ? {} : { maximum: max }) };
}

/** What a field holds when it is filled in. */
function filled(field: Field): Schema {
  switch (field.type) {
    case 'integer': return { type: 'integer', ...limits(field) };
    case 'rating': return { type: 'integer', ...limits(field) };
    case 'duration': return { type: 'integer', description: 'Minutes', ...limits(field) };
    case 'decimal': return { type: 'number', ...limits(field) };
    case 'money': return { type: 'number', description: 'At most two decimals', ...limits(field) };
    case 'boolean': return { type: 'boolean' };
    case 'date': return { type: 'string', format: 'date' };
    case 'datetime': return moment;
    case 'time': return { type: 'string', pattern: String.raw`^\d\d:\d\d$` };
    case 'choice': return { type: 'string', enum: field.options };
    case 'tags': return { type: 'array', items: { type: 'string', maxLength: 60 }, maxItems: 50 };
    case 'json': return { description: 'Any JSON' };
    case 'color': return { type: 'string', pattern: '^#[0-9a-f]{6}$' };
    case 'reference': return { ...id, description: `Id of: ${field.target}` };
    case 'references': return { type: 'array', items: id, maxItems: 500, description: `Ids of: ${field.target}` };
    case 'email': return { type: 'string', format: 'email', ...lengths(field) };
    case 'url': return { type: 'string', format: 'uri', ...lengths(field) };
    case 'geo': return { type: 'string', description: 'Latitude, longitude in degrees', ...lengths(field) };
    default: return { type: 'string', ...lengths(field), ...(field.pattern === undefined ? {} : { pattern: `^(?:${field.pattern})$` }) };
  }
}

/** What a new record has where nothing is sent. */
function startOf({ type, initial }: Field): Schema {
  const moving = (type === 'date' && initial === 'today') || (type === 'datetime' && initial === 'now');
  return initial === undefined ? {} : moving ? { description: `When left out: ${initial}` } : { default: initial };
}

/** Fields that are never null: left blank they are false or empty. */
const neverNull = new Set<Field['type']>(['boolean', 'tags', 'references']);

/** A field in an answer, or with `input` in a request, where blank is null. */
export function schemaOf(field: Field, input = false): Schema {
  const known = filled(field);
  const optional = (input ? !field.required : !neverNull.has(field.type)) && !field.required;
  const about = { title: field.title, ...(field.help ? { description: field.help } : {}), ...(field.readOnly ? { readOnly: true } : {}), ...(input ? startOf(field) : {}) };
  const nullable = optional && known.type !== undefined ? { ...known, type: [known.type, 'null'], ...(known.enum ? { enum: [...(known.enum as unknown[]), null] } : {}) } : known;
  return { ...nullable, ...about };
}
