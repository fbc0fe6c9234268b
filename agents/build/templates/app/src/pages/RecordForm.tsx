import { useState } from 'react';
import type { Entity, Row } from '../../shared/entity';
import { links } from '../../shared/pages';
import { labelOf } from '../components/Cards';
import { EntityForm } from '../components/EntityForm';
import { Empty, Loading, Problem } from '../components/Notice';
import { useLoad } from '../lib/load';
import { Link, navigate, usePlace } from '../lib/router';
import { t } from '../lib/texts';
import { NotFound } from './NotFound';

/** The form of a new record, or with `id` of one that exists. */
export function RecordForm({ entity, id }: { entity: Entity; id?: string }) {
  const { data: row, error, status } = useLoad<Row>(id === undefined ? null : `/${entity.path}/${encodeURIComponent(id)}`);
  if (status === 404) return <NotFound />;
  if (error) return <Problem>{error}</Problem>;
  if (id !== undefined && !row) return <Loading />;
  return <Form entity={entity} row={row} />;
}

function Form({ entity, row }: { entity: Entity; row: Row | null }) {
  const { query } = usePlace();
  const [sent, setSent] = useState(false);
  const link = links[entity.key];

  function saved({ id, created_at }: Partial<Row> & { id: string }) {
    // Whoever may add a record may not always read it afterwards.
    if (created_at === undefined) setSent(true);
    else navigate(link ? link.detail(id) : '/');
  }

  if (sent) return <Empty title={t('Thank you, it has been saved.')}><Link href="/">{t('Go to the start')}</Link></Empty>;
  return (
    <section className="narrow">
      <h1>{row ? t('Edit {title}', { title: labelOf(entity, row) }) : t('New {title}', { title: entity.title })}</h1>
      <EntityForm entity={entity} row={row} start={query} onSaved={saved}
        cancel={link ? <Link href={row ? link.detail(row.id) : link.list} className="button quiet">{t('Cancel')}</Link> : null} />
    </section>
  );
}
