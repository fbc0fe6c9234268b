import './Stream.css';
import type { ReactNode } from 'react';
import { type Entity, readable, type Row } from '../../shared/entity';
import type { FieldType } from '../../shared/fields';
import { entityOf } from '../../shared/model';
import { links } from '../../shared/pages';
import { formatMoment } from '../lib/format';
import { useMore } from '../lib/more';
import { Link } from '../lib/router';
import { useSession } from '../lib/session';
import { labelOf } from './Cards';
import { MoreButton } from './MoreButton';
import { Loading, Problem } from './Notice';
import { Initial, type Named, Person } from './Person';
import { Marks } from './Slots';
import { Value } from './Value';

interface Item {
  entity: string;
  row: Row;
  author: Named | null;
}

/** The records that `path` answers with, part by part; `children` stands for an empty list. */
export function Stream({ path, children }: { path: string; children: ReactNode }) {
  const list = useMore<Item>(path);
  if (list.error && !list.items) return <Problem>{list.error}</Problem>;
  if (!list.items) return <Loading />;
  if (list.items.length === 0) return children;
  return (
    <>
      <ol className="stream">
        {list.items.map((item) => <li key={`${item.entity} ${item.row.id}`}><Entry item={item} reload={list.reload} /></li>)}
      </ol>
      <MoreButton list={list} />
    </>
  );
}

const long: ReadonlySet<FieldType> = new Set(['longtext', 'markdown']);

function Entry({ item: { entity: key, row, author }, reload }: { item: Item; reload: () => void }) {
  const { user } = useSession();
  const entity = entityOf(key);
  const link = links[key];
  const label = labelOf(entity, row);
  return (
    <article className="card stream-entry" aria-label={label}>
      <p className="stream-head muted">
        {author ? <><Initial name={author.name} /><Person {...author} /></> : null}
        <time dateTime={row.created_at}>{formatMoment(row.created_at)}</time>
        <span className="badge">{entity.title}</span>
      </p>
      <h2>{link ? <Link href={link.detail(row.id)}>{label}</Link> : label}</h2>
      <Shown entity={entity} row={row} fields={readable(entity, user).map(([name]) => name)} />
      <div className="marks"><Marks entity={entity} row={row} reload={reload} /></div>
    </article>
  );
}

/** A text and a picture of the record, when it has them. */
function Shown({ entity, row, fields }: { entity: Entity; row: Row; fields: string[] }) {
  const filled = fields.filter((name) => name !== entity.label && row[name as keyof Row]);
  const first = (fits: (type: FieldType) => boolean) => filled.find((name) => fits(entity.fields[name]?.type ?? 'json'));
  const text = first((type) => long.has(type));
  const picture = first((type) => type === 'image');
  return [text, picture].map((name) => {
    const field = name === undefined ? undefined : entity.fields[name];
    return name !== undefined && field ? <div key={name} className={name === text ? 'stream-text' : undefined}><Value name={name} field={field} row={row} /></div> : null;
  });
}
