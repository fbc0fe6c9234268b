import type { Entity } from '../../shared/entity';
import { formatDay, formatMinutes, formatMoment, formatMoney, formatNumber, humanise } from './format';

/** PostgreSQL's own writing of a moment as the one of ISO 8601. */
const iso = (text: string) => text.replace(' ', 'T').replace(/([+-]\d\d)$/, '$1:00');

/** The name of a record of an entity as people read it: it may be a date, a number or a choice. */
export function labelText(entity: Entity, label: unknown): string {
  const text = String(label);
  const type = ['created_at', 'updated_at'].includes(entity.label) ? 'datetime' : entity.fields[entity.label]?.type;
  switch (type) {
    case 'date': return Number.isNaN(Date.parse(text)) ? text : formatDay(text);
    case 'datetime': return Number.isNaN(Date.parse(iso(text))) ? text : formatMoment(iso(text));
    case 'choice': return humanise(text);
    case 'money': return formatMoney(Number(text));
    case 'integer':
    case 'decimal': return formatNumber(Number(text));
    case 'duration': return formatMinutes(Number(text));
    default: return text;
  }
}
