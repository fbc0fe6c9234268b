import { useState } from 'react';
import { type Entity, reach, type Row } from '../../shared/entity';
import { entityOf } from '../../shared/model';
import { links } from '../../shared/pages';
import { labelOf } from '../components/Cards';
import { ChildList } from '../components/ChildList';
import { Confirm } from '../components/Confirm';
import { Crumbs } from '../components/Crumbs';
import { Facts, hasTexts, Texts } from '../components/Facts';
import { Loading, Problem } from '../components/Notice';
import { Picture } from '../components/Picture';
import { PriceOf, TopicOf, valueOf } from '../components/Records';
import { Related } from '../components/Related';
import { covered, Marks, Panels } from '../components/Slots';
import { call, messageOf } from '../lib/api';
import { displayOf } from '../lib/display';
import { useLoad } from '../lib/load';
import { Link, navigate } from '../lib/router';
import { useSession } from '../lib/session';
import { t } from '../lib/texts';
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
  const { picture, price, topic, layouts } = displayOf(entity, user);
  const name = labelOf(entity, row);
  const shape = picture && valueOf(row, picture) ? 'pictured' : layouts[0] === 'articles' ? 'reading' : hasTexts({ entity, row }) ? 'beside' : 'sparse';
  return (
    <article className={`detail ${shape}`}>
      {link ? <Crumbs steps={[{ href: link.list, title: entity.titlePlural }]} /> : null}
      <div className="sides">
        {shape === 'pictured' ? <Picture src={valueOf(row, picture)} name={name} eager /> : null}
        <div className="heading">
          <div>
            <TopicOf entity={entity} row={row} topic={topic} />
            <h1>{name}</h1>
            <PriceOf entity={entity} row={row} price={price} />
            <div className="marks"><Marks entity={entity} row={row} reload={reload} /></div>
          </div>
          <div className="actions">
            {link && may('update') ? <Link href={link.edit(id)} className="button quiet">{t('Edit')}</Link> : null}
            {may('delete') ? <Delete entity={entity} row={row} /> : null}
          </div>
        </div>
        <Texts entity={entity} row={row} />
        <Facts entity={entity} row={row} besides={[topic, price, shape === 'pictured' ? picture : undefined]} />
      </div>
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
      <button type="button" className="quiet danger" onClick={() => setOpen(true)}>{t('Delete')}</button>
      {error ? <Problem>{error}</Problem> : null}
      {open ? (
        <Confirm
          title={t('Delete “{name}”?', { name: labelOf(entity, row) })}
          text={t('This cannot be undone.')}
          action={t('Delete')}
          busy={busy}
          onConfirm={() => void remove()}
          onCancel={() => setOpen(false)}
        />
      ) : null}
    </>
  );
}
