import { type Entity, type Page, reach, type Row } from '../../shared/entity';
import { entities } from '../../shared/model';
import { links } from '../../shared/pages';
import { formatNumber } from '../lib/format';
import { labelText } from '../lib/label';
import { useLoad } from '../lib/load';
import { Link } from '../lib/router';
import { useSession } from '../lib/session';
import { t } from '../lib/texts';

/** A card for each kind of record that the reader may see: how many, the newest, and a way to add one. */
export function Cards({ only = entities }: { only?: readonly Entity[] }) {
  const { user, known } = useSession();
  const visible = only.filter((entity) => reach(entity, 'list', user) !== 'none');
  if (!known || visible.length === 0) return null;
  return <div className="cards">{visible.map((entity) => <Card key={entity.key} entity={entity} />)}</div>;
}

function Card({ entity }: { entity: Entity }) {
  const { user } = useSession();
  const { data } = useLoad<Page<Row>>(`/${entity.path}?pageSize=3&sort=-created_at`);
  const link = links[entity.key];
  return (
    <section className="card overview" aria-label={entity.titlePlural}>
      <div className="heading">
        <h2>{link ? <Link href={link.list}>{entity.titlePlural}</Link> : entity.titlePlural}</h2>
        <span className="count">{data ? formatNumber(data.total) : '…'}</span>
      </div>
      <ul className="recent">
        {data?.items.map((row) => <li key={row.id}>{link ? <Link href={link.detail(row.id)}>{labelOf(entity, row)}</Link> : labelOf(entity, row)}</li>)}
        {data?.total === 0 ? <li className="muted">{t('Nothing here yet')}</li> : null}
      </ul>
      {link && reach(entity, 'create', user) !== 'none' ? <Link href={link.new} className="add">{t('Add {title}', { title: entity.title })}</Link> : null}
    </section>
  );
}

/** What a record is called. */
export function labelOf(entity: Entity, row: Row): string {
  const value = row._labels[entity.label] ?? row[entity.label as keyof Row];
  return value === null || value === undefined || value === '' ? t('{title} without a name', { title: entity.title }) : labelText(entity, value);
}
