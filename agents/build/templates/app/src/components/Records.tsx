import type { Entity, Row } from '../../shared/entity';
import { links } from '../../shared/pages';
import { type Display, displayOf, excerpt, type Layout } from '../lib/display';
import { dayOf, formatDay, formatMonth, formatMoment, formatTime } from '../lib/format';
import { Link } from '../lib/router';
import { useSession } from '../lib/session';
import { labelOf } from './Cards';
import { Picture } from './Picture';
import { Marks } from './Slots';
import { Value } from './Value';

interface Props {
  entity: Entity;
  rows: readonly Row[];
  layout: Exclude<Layout, 'table'>;
  /** Of the names: 2 below a page's heading, 3 below a part's. */
  level?: 2 | 3;
  reload: () => void;
  /** How many pictures are in the first window. */
  eager?: number;
  /** A field that is the same for all of them, and not worth telling. */
  besides?: string;
}

interface ItemProps {
  entity: Entity;
  row: Row;
  display: Display;
  level: 2 | 3;
  reload: () => void;
  eager: boolean;
}

export const valueOf = (row: Row, key: string | undefined): unknown => (key === undefined ? undefined : row[key as keyof Row]);

const items = { cards: Card, articles: Article, agenda: Appointment };

/** Records as cards, articles or dates. */
export function Records({ entity, rows, layout, level = 2, reload, eager = 4, besides }: Props) {
  const { user } = useSession();
  const found = displayOf(entity, user, besides);
  // Where no record has a picture, none has an empty frame.
  const display = rows.some((row) => valueOf(row, found.picture)) ? found : { ...found, picture: undefined };
  const Item = items[layout];
  return (
    <ul className={`records ${layout}`}>
      {rows.map((row, index) => (
        <li key={row.id}><Item entity={entity} row={row} display={display} level={level} reload={reload} eager={index < eager} /></li>
      ))}
    </ul>
  );
}

function Name({ entity, row, level }: Pick<ItemProps, 'entity' | 'row' | 'level'>) {
  const Heading = `h${level}` as const;
  const link = links[entity.key];
  return <Heading>{link ? <Link href={link.detail(row.id)} className="whole">{labelOf(entity, row)}</Link> : labelOf(entity, row)}</Heading>;
}

/** What a record is filed under. */
export function TopicOf({ entity, row, topic }: { entity: Entity; row: Row; topic: string | undefined }) {
  const field = entity.fields[topic ?? ''];
  if (!field || topic === undefined || !valueOf(row, topic)) return null;
  return <p className="eyebrow"><Value name={topic} field={field} row={row} brief /></p>;
}

export function PriceOf({ entity, row, price }: { entity: Entity; row: Row; price: string | undefined }) {
  const field = entity.fields[price ?? ''];
  const value = valueOf(row, price);
  if (!field || price === undefined || value === null || value === undefined) return null;
  return <p className="price"><Value name={price} field={field} row={row} brief /></p>;
}

/** Small facts in one line; what does not speak for itself has its name beside it. */
function Facts({ entity, row, keys }: { entity: Entity; row: Row; keys: readonly string[] }) {
  const told = keys.flatMap((key) => {
    const field = entity.fields[key];
    const value = valueOf(row, key);
    return !field || value === null || value === undefined || value === '' || value === false ? [] : [{ key, field }];
  });
  if (told.length === 0) return null;
  return (
    <ul className="told">
      {told.map(({ key, field }) => (
        <li key={key}>
          {field.type === 'boolean' ? field.title : <>{named.has(field.type) ? <span className="muted">{field.title} </span> : null}<Value name={key} field={field} row={row} brief /></>}
        </li>
      ))}
    </ul>
  );
}

const named = new Set(['integer', 'decimal', 'money', 'text', 'date', 'datetime']);

function Card({ entity, row, display, level, reload, eager }: ItemProps) {
  const about = valueOf(row, display.text);
  return (
    <article className="card record">
      {display.picture ? <Picture src={valueOf(row, display.picture)} name={labelOf(entity, row)} eager={eager} /> : null}
      <div className="words">
        <TopicOf entity={entity} row={row} topic={display.topic} />
        <Name entity={entity} row={row} level={level} />
        {about ? <p className="about">{excerpt(String(about), 140)}</p> : null}
        <PriceOf entity={entity} row={row} price={display.price} />
        <Facts entity={entity} row={row} keys={display.when && display.when !== entity.label ? [display.when, ...display.facts] : display.facts} />
        <div className="marks"><Marks entity={entity} row={row} reload={reload} /></div>
      </div>
    </article>
  );
}

function Article({ entity, row, display, level, reload }: ItemProps) {
  const about = valueOf(row, display.text);
  return (
    <article className="entry">
      <TopicOf entity={entity} row={row} topic={display.topic} />
      <Name entity={entity} row={row} level={level} />
      {about ? <p className="about">{excerpt(String(about))}</p> : null}
      <Facts entity={entity} row={row} keys={display.facts} />
      <div className="marks"><Marks entity={entity} row={row} reload={reload} /></div>
    </article>
  );
}

/** A day on a calendar's leaf, and what is on. */
function Appointment({ entity, row, display, level, reload }: ItemProps) {
  const when = valueOf(row, display.when);
  const text = when ? String(when) : '';
  const timed = text.includes('T');
  const about = valueOf(row, display.text);
  return (
    <article className="card appointment">
      <p className="leaf">
        {text ? <time dateTime={text}><span>{formatMonth(text)}</span><strong>{dayOf(text)}</strong><span className="unseen">{timed ? formatMoment(text) : formatDay(text)}</span></time> : '–'}
      </p>
      <div className="words">
        <TopicOf entity={entity} row={row} topic={display.topic} />
        <Name entity={entity} row={row} level={level} />
        {about ? <p className="about">{excerpt(String(about), 140)}</p> : null}
        {timed && display.when !== entity.label ? <p className="at" aria-hidden="true">{formatTime(text)}</p> : null}
        <Facts entity={entity} row={row} keys={display.facts} />
        <div className="marks"><Marks entity={entity} row={row} reload={reload} /></div>
      </div>
    </article>
  );
}
