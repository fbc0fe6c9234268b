import { useState } from 'react';
import { type Entity, type Page, reach, readable, type Row } from '../../shared/entity';
import { entities, entityOf } from '../../shared/model';
import { links } from '../../shared/pages';
import { labelOf } from '../components/Cards';
import { ChildList } from '../components/ChildList';
import { Confirm } from '../components/Confirm';
import { Loading, Problem } from '../components/Notice';
import { covered, Marks, Panels } from '../components/Slots';
import { Value } from '../components/Value';
import { call, messageOf } from '../lib/api';
import { formatMoment } from '../lib/format';
import { useLoad } from '../lib/load';
import { Link, navigate } from '../lib/router';
import { useSession } from '../lib/session';
import { NotFound } from './NotFound';

export function RecordDetail({ entity, id }: { entity: Entity; id: string }) {
  const { user } = useSession();
  const { data: row, error, status, reload } = useLoad<Row>(`/${entity.path}/${encodeURIComponent(id)}`);
  const link = links[entity.key];
  if (status === 404) return <NotFound />;
  if (error) return <Problem>{error}</Problem>;
  if (!row) return <Loading />;
  const may = (action: 'update' | 'delete') => {
    const far = reach(entity, action, user);
    return far === 'all' || (far === 'own' && row._mine);
  };
  return (
    <article>
      <div className="heading">
        <div>
          {link ? <Link href={link.list} className="back">{entity.titlePlural}</Link> : null}
          <h1>{labelOf(entity, row)}</h1>
          <p className="marks"><Marks entity={entity} row={row} reload={reload} /></p>
        </div>
        <div className="actions">
          {link && may('update') ? <Link href={link.edit(id)} className="button quiet">Edit</Link> : null}
          {may('delete') ? <Delete entity={entity} row={row} /> : null}
        </div>
      </div>
      <dl className="facts card">
        {readable(entity, user).map(([key, field]) => (
          <div key={key}><dt>{field.title}</dt><dd><Value name={key} field={field} row={row} /></dd></div>
        ))}
        <div><dt>Last changed</dt><dd><time dateTime={row.updated_at}>{formatMoment(row.updated_at)}</time></dd></div>
      </dl>
      <Panels entity={entity} row={row} reload={reload} />
      {(entity.children ?? []).filter((each) => !covered(entityOf(each.entity), each.field) && reach(entityOf(each.entity), 'list', user) !== 'none').map((each) => (
        <ChildList key={each.entity} entity={entityOf(each.entity)} field={each.field} id={id} changed={reload} />
      ))}
      <Related entity={entity} id={id} />
    </article>
  );
}

function Delete({ entity, row }: { entity: Entity; row: Row }) {
  const [open, setOpen] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);

  async function remove() {
    setBusy(true);
    try {
      await call(`/${entity.path}/${row.id}`, { method: 'DELETE' });
      navigate(links[entity.key]?.list ?? '/');
    } catch (thrown) {
      setError(messageOf(thrown));
      setBusy(false);
      setOpen(false);
    }
  }

  return (
    <>
      <button type="button" className="quiet danger" onClick={() => setOpen(true)}>Delete</button>
      {error ? <Problem>{error}</Problem> : null}
      {open ? (
        <Confirm
          title={`Delete “${labelOf(entity, row)}”?`}
          text="This cannot be undone."
          action="Delete"
          busy={busy}
          onConfirm={() => void remove()}
          onCancel={() => setOpen(false)}
        />
      ) : null}
    </>
  );
}

/** The records that refer to this one. */
function Related({ entity, id }: { entity: Entity; id: string }) {
  const { user } = useSession();
  const found = entities.flatMap((other) => Object.entries(other.fields)
    .filter(([key, field]) => field.type === 'reference' && field.target === entity.key && !covered(other, key) && !entity.children?.some((each) => each.entity === other.key && each.field === key) && reach(other, 'list', user) !== 'none')
    .map(([key, field]) => ({ other, key, field })));
  return (
    <div className="cards">
      {found.map(({ other, key, field }) => (
        <RelatedCard key={`${other.key} ${key}`} entity={other} column={key} id={id} suffix={found.filter((each) => each.other === other).length > 1 ? field.title : ''} />
      ))}
    </div>
  );
}

function RelatedCard({ entity, column, id, suffix }: { entity: Entity; column: string; id: string; suffix: string }) {
  const { user } = useSession();
  const { data, error } = useLoad<Page<Row>>(`/${entity.path}?${column}=${id}&pageSize=10`);
  const link = links[entity.key];
  const title = suffix ? `${entity.titlePlural} (${suffix})` : entity.titlePlural;
  return (
    <section className="card" aria-label={title}>
      <h2>{title}</h2>
      {error ? <Problem>{error}</Problem> : null}
      <ul className="recent">
        {data?.items.map((row) => <li key={row.id}>{link ? <Link href={link.detail(row.id)}>{labelOf(entity, row)}</Link> : labelOf(entity, row)}</li>)}
        {data?.total === 0 ? <li className="muted">Nothing here yet</li> : null}
      </ul>
      {link && data && data.total > data.items.length ? <Link href={`${link.list}?${column}=${id}`}>Show all {data.total}</Link> : null}
      {link && reach(entity, 'create', user) !== 'none' ? <Link href={`${link.new}?${column}=${id}`} className="add">Add {entity.title}</Link> : null}
    </section>
  );
}
