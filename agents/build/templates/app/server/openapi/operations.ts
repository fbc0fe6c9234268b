import { object, ref, type Schema, text } from './schemas';

export interface Parameter {
  name: string;
  in: 'query' | 'path';
  required?: boolean;
  description?: string;
  schema: Schema;
  explode?: boolean;
}

export interface Operation {
  operationId: string;
  summary: string;
  tags: readonly string[];
  parameters?: readonly Parameter[];
  requestBody?: Schema;
  responses: Readonly<Record<string, Schema>>;
  security: readonly Readonly<Record<string, readonly string[]>>[];
}

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

/** Operations by path, as in `/recipes/{id}`, below `/api`. */
export type Paths = Readonly<Record<string, Readonly<Partial<Record<Method, Operation>>>>>;

export const json = (schema: Schema) => ({ 'application/json': { schema } });

const problems: Readonly<Record<number, string>> = {
  400: 'The request cannot be read', 401: 'Nobody is logged in', 403: 'Not permitted', 404: 'There is no such thing', 409: 'It is in use, or it would contradict something',
  413: 'Too large', 415: 'Another type of content is expected', 422: 'The input is refused: what is wrong, by field', 429: 'Too many attempts', 503: 'Not able to work now',
};

/** The errors that an operation answers with. */
export const refusals = (...statuses: number[]) => Object.fromEntries(statuses.map((status) => [String(status), { description: problems[status] ?? 'Refused', content: json(ref('Problem')) }]));

export const answer = (description: string, schema: Schema) => ({ description, content: json(schema) });
export const nothing = { description: 'Done' };
export const sent = (schema: Schema) => ({ required: true, content: json(schema) });
export const query = (name: string, schema: Schema, description: string): Parameter => ({ name, in: 'query', schema, description });
export const inPath = (name: string, schema: Schema): Parameter => ({ name, in: 'path', required: true, schema });

export const everyone = [{}, { session: [] }] as const;
export const signedIn = [{ session: [] }] as const;

export const shared: Readonly<Record<string, Schema>> = {
  Problem: { ...object({ error: text, errors: { type: 'object', additionalProperties: text, description: 'What is wrong, by field; `_form` is for what belongs to none' } }, ['error']), title: 'What went wrong' },
};
