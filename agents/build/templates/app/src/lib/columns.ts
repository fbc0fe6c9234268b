import type { Entity } from '../../shared/entity';
import type { Field } from '../../shared/fields';

const broad = new Set(['json', 'longtext', 'markdown', 'image', 'file']);
const telling = new Set(['reference', 'choice', 'date', 'datetime', 'money']);

/** The columns that fit beside the name: of the short fields those that tell records apart, then the others. */
export function columnsOf(entity: Entity, fields: [string, Field][]): [string, Field][] {
  const short = fields.filter(([key, field]) => key !== entity.label && !broad.has(field.type));
  const ranked = new Set([...short.filter(([, field]) => telling.has(field.type)), ...short].map(([key]) => key));
  const chosen = new Set([...ranked].slice(0, 5));
  return short.filter(([key]) => chosen.has(key));
}

const unsortable = new Set(['json', 'references', 'tags', 'image', 'file', 'longtext', 'markdown']);

/** Whether people would look for something in the order of the field. */
export const isSortable = (field: Field) => !unsortable.has(field.type);
