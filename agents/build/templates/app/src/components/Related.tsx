import { useEffect, useState } from 'react';
import { type Entity, type Page, reach, type Row } from '../../shared/entity';
import { entities } from '../../shared/model';
import { links } from '../../shared/pages';
import { displayOf } from '../lib/display';
import { formatNumber } from '../lib/format';
import { useLoad } from '../lib/load';
import { Link } from '../lib/router';
import { useSession } from '../lib/session';
import { t } from '../lib/texts';
import { Problem } from './Notice';
import { Records } from './Records';
import { covered } from './Slots';

/** The records that refer to this one, all at once: one that comes later would push the others down. */
export function Related({ entity, id }: { entity: Entity; id: string }) {
  const { user } = useSession();
  const [known, setKnown] = useState<ReadonlySet<string>>(new Set());
  const found = entities.flatMap((other) => Object.entries(other.fields)
    .filter(([key, field]) => field.type === 'reference' && field.target === entity.key && !covered(other, key) && !entity.children?.some((each) => each.entity === other.key && each.field === key) && reach(other, 'list', user) !== 'none')
    .map(([key, field]) => ({ other, key, field })));
  return (
    <div hidden={known.size < found.length}>
      {found.map(({ other, key, field }) => (
        <RelatedPart
          key={`${other.key} ${key}`}
          entity={other}
          column={key}
          id={id}
          title={found.filter((each) => each.other === other).length > 1 ? `${other.titlePlural} (${field.title})` : other.titlePlural}
          ready={() => setKnown((before) => new Set([...before, `${other.key} ${key}`]))}
        />
      ))}
    </div>
  );
}

interface Props {
  entity: Entity;
  /** The field that refers to the record `id`. */
  column: string;
  id: string;
  title: string;
  ready: () => void;
}

function RelatedPart({ entity, column, id, title, ready }: Props) {
  const { user } = useSession();
  const { data, error, reload } = useLoad<Page<Row>>(`/${entity.path}?${column}=${id}&pageSize=8`);
  const link = links[entity.key];
  const there = data !== null || error !== null;
  const mayAdd = link && reach(entity, 'create', user) !== 'none';
  const layout = displayOf(entity, user).layouts.find((each) => each !== 'table') ?? 'cards';
  useEffect(() => {
    if (there) ready();
    // eslint-disable-next-line react/exhaustive-deps -- `ready` is another function each time, and only once needed
  }, [there]);
  if (data?.total === 0 && !mayAdd) return null;
  return (
    <section className="part" aria-label={title}>
      <div className="heading">
        <h2>{title}</h2>
        <div className="actions">
          {link && data && data.total > data.items.length ? <Link href={`${link.list}?${column}=${id}`} className="all">{t('Show all {count}', { count: formatNumber(data.total) })}</Link> : null}
          {mayAdd ? <Link href={`${link.new}?${column}=${id}`} className="button quiet small">{t('Add {title}', { title: entity.title })}</Link> : null}
        </div>
      </div>
      {error ? <Problem>{error}</Problem> : null}
      {data?.total === 0 ? <p className="muted">{t('Nothing here yet')}</p> : null}
      {data && data.total > 0 ? <Records entity={entity} rows={data.items} layout={layout} level={3} reload={reload} eager={0} besides={column} /> : null}
    </section>
  );
}
