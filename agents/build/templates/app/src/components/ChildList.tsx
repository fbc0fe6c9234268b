import { useState } from 'react';
import { type Entity, type Page, reach, readable, type Row } from '../../shared/entity';
import { links } from '../../shared/pages';
import { columnsOf } from '../lib/columns';
import { useLoad } from '../lib/load';
import { Link } from '../lib/router';
import { useSession } from '../lib/session';
import { t } from '../lib/texts';
import { labelOf } from './Cards';
import { EntityForm } from './EntityForm';
import { Problem } from './Notice';
import { Value } from './Value';

interface Props {
  entity: Entity;
  /** The field that points to the record around it. */
  field: string;
  /** The id of that record. */
  id: string;
  /** Is told when there is one more: the record around it may have changed with it. */
  changed: () => void;
}

/** What belongs to a record: a table of it, and a form for one more below. */
export function ChildList({ entity, field, id, changed }: Props) {
  const { user } = useSession();
  const { data, error, reload } = useLoad<Page<Row>>(`/${entity.path}?${field}=${id}&pageSize=50&sort=created_at`);
  const [adding, setAdding] = useState(false);
  const link = links[entity.key];
  const fields = readable(entity, user).filter(([key]) => key !== field);

  function saved() {
    setAdding(false);
    reload();
    changed();
  }

  return (
    <section className="panel children" aria-label={entity.titlePlural}>
      <h2>{entity.titlePlural}</h2>
      {error ? <Problem>{error}</Problem> : null}
      {data && data.total > 0 ? <ChildTable entity={entity} fields={fields} rows={data.items} /> : null}
      {data?.total === 0 ? <p className="muted">{t('Nothing here yet')}</p> : null}
      {link && data && data.total > data.items.length ? <p><Link href={`${link.list}?${field}=${id}`}>{t('Show all {count}', { count: data.total })}</Link></p> : null}
      {reach(entity, 'create', user) === 'none' ? null : adding ? (
        <div className="card">
          <EntityForm entity={entity} row={null} within fixed={{ [field]: id }} onSaved={saved} cancel={<button type="button" className="quiet" onClick={() => setAdding(false)}>{t('Cancel')}</button>} />
        </div>
      ) : <button type="button" className="quiet small" onClick={() => setAdding(true)}>{t('Add {title}', { title: entity.title })}</button>}
    </section>
  );
}

function ChildTable({ entity, fields, rows }: { entity: Entity; fields: ReturnType<typeof readable>; rows: Row[] }) {
  const link = links[entity.key];
  const columns = columnsOf(entity, fields);
  const title = entity.fields[entity.label]?.title ?? t('Name');
  return (
    <table>
      <thead><tr><th scope="col">{title}</th>{columns.map(([key, field]) => <th key={key} scope="col">{field.title}</th>)}</tr></thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.id}>
            <td data-label={title} className="name">{link ? <Link href={link.detail(row.id)}>{labelOf(entity, row)}</Link> : labelOf(entity, row)}</td>
            {columns.map(([key, field]) => <td key={key} data-label={field.title}><Value name={key} field={field} row={row} brief /></td>)}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
