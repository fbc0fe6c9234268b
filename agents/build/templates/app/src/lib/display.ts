import { type Entity, readable, type User } from '../../shared/entity';
import type { Field } from '../../shared/fields';

/** How a list is laid out. */
export type Layout = 'cards' | 'articles' | 'agenda' | 'table';

/** The fields of an entity that play a part on a card; undefined where none does. */
export interface Display {
  picture: string | undefined;
  /** What the record is about, in a sentence or more. */
  text: string | undefined;
  /** When it takes place. */
  when: string | undefined;
  price: string | undefined;
  /** What it is filed under. */
  topic: string | undefined;
  /** Others that tell records apart, at most three. */
  facts: readonly string[];
  /** Layouts that suit it, the best first. */
  layouts: readonly Layout[];
}

type Fields = [string, Field][];

const long = new Set(['longtext', 'markdown']);
const days = new Set(['date', 'datetime']);
const telling = ['date', 'datetime', 'rating', 'duration', 'choice', 'reference', 'integer', 'decimal', 'money', 'boolean', 'text'];
const summary = /summary|excerpt|teaser|intro|descri|about|subtitle|abstract/;
const article = /^(body|content|text|article|answer|story|post|essay|message|entry)$/;
const begins = /(^|_)(starts?|begins?|from|day|date|when|scheduled|appointment|departure|check_in|held|opens|kick_?off)(_|$)/;
const past = /publish|post|birth|born|join|releas|due|deadline|order|purchas|paid|creat|updat|clos|complet|end|expir|hire|issue|invoice|read|sent|acquired|bought|since|recorded/;

/** How records of an entity are shown to somebody, without the field `besides`: decided by its fields alone. */
export function displayOf(entity: Entity, user: User | null, besides?: string): Display {
  const fields = readable(entity, user).filter(([key]) => key !== entity.label && key !== besides);
  const find = (fits: (key: string, field: Field) => boolean) => fields.find(([key, field]) => fits(key, field))?.[0];
  const longs = fields.filter(([, field]) => long.has(field.type));
  const picture = find((_, field) => field.type === 'image');
  const text = (longs.find(([key]) => summary.test(key)) ?? longs[0])?.[0];
  const dates = readable(entity, user).filter(([key, field]) => days.has(field.type) && !past.test(key) && key !== besides);
  const when = (dates.find(([key]) => begins.test(key)) ?? dates.find(([, field]) => field.type === 'datetime' && field.required === true))?.[0];
  const price = find((_, field) => field.type === 'money');
  const topic = topicOf(entity, fields);
  const used = new Set([picture, text, when, price, topic]);
  const rest = fields.filter(([key, field]) => !used.has(key) && telling.includes(field.type));
  const facts = rest.toSorted(([, a], [, b]) => telling.indexOf(a.type) - telling.indexOf(b.type)).slice(0, 3).map(([key]) => key);
  return { picture, text, when, price, topic, facts, layouts: layoutsOf(entity, longs, rest.length, { picture, when }) };
}

/** The first reference, else the first choice that is no state of a workflow. */
function topicOf(entity: Entity, fields: Fields): string | undefined {
  const reference = fields.find(([key, field]) => field.type === 'reference' && key !== entity.parent);
  const choice = fields.find(([key, field]) => field.type === 'choice' && key !== entity.workflow?.field);
  return (reference ?? choice)?.[0];
}

function layoutsOf(entity: Entity, longs: Fields, facts: number, { picture, when }: Pick<Display, 'picture' | 'when'>): Layout[] {
  const written = !entity.workflow && facts <= 6 && longs.some(([key, field]) => field.type === 'markdown' || article.test(key));
  const plain = entity.workflow || (longs.length === 0 && facts > 2) || facts > 6;
  const best: Layout = picture ? 'cards' : when ? 'agenda' : written ? 'articles' : plain ? 'table' : 'cards';
  const others: Layout[] = [...(when ? (['agenda'] as const) : []), 'cards', ...(written ? (['articles'] as const) : []), 'table'];
  return [...new Set([best, ...others])];
}

/** The beginning of a text in one line, without the marks of Markdown. */
export function excerpt(text: string, length = 220): string {
  const plain = text
    .replaceAll(/```[^]*?(```|$)/g, ' ')
    .replaceAll(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll(/^\s*(#{1,6}|>|[-*+]|\d+[.)])\s+/gm, '')
    .replaceAll(/[*_`~]{1,3}/g, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
  if (plain.length <= length) return plain;
  return `${plain.slice(0, length).replace(/\s\S*$/, '')}…`;
}
