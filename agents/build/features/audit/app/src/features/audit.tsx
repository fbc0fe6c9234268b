import './audit.css';
import { useState } from 'react';
import type { Page } from '../../shared/entity';
import { audited } from '../../shared/features/audit';
import { entityOf } from '../../shared/model';
import { links } from '../../shared/pages';
import { Empty, Loading, Problem } from '../components/Notice';
import { Pager } from '../components/Pager';
import type { ClientFeature, RecordProps } from '../feature';
import { formatMoment } from '../lib/format';
import { useLoad } from '../lib/load';
import { Link } from '../lib/router';
import { useSession } from '../lib/session';
import { t } from '../lib/texts';

interface Entry {
  id: string;
  entity: string;
  record_id: string;
  action: 'create' | 'update' | 'delete';
  changes: Record<string, [unknown, unknown] | null>;
  created_at: string;
  actor: string | null;
}

const actions = { create: 'made', update: 'changed', delete: 'deleted' } as const;

function shown(value: unknown): string {
  if (value === null || value === undefined || value === '') return t('empty');
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}

function Entries({ entries, named = false }: { entries: Entry[]; named?: boolean }) {
  return (
    <ul className="audit">
      {entries.map((entry) => {
        const entity = entityOf(entry.entity);
        const link = links[entry.entity];
        return (
          <li key={entry.id}>
            <p>
              <strong>{entry.actor ?? t('Somebody')}</strong> {t(actions[entry.action])}{' '}
              {named && link && entry.action !== 'delete' ? <Link href={link.detail(entry.record_id)}>{entity.title}</Link> : named ? entity.title : null}
              <time className="muted" dateTime={entry.created_at}>{formatMoment(entry.created_at)}</time>
            </p>
            {entry.action === 'update' ? (
              <dl>
                {Object.entries(entry.changes).map(([key, change]) => (
                  <div key={key}>
                    <dt>{entity.fields[key]?.title ?? key}</dt>
                    <dd>{change === null ? t('not shown') : <><del>{shown(change[0])}</del> → <ins>{shown(change[1])}</ins></>}</dd>
                  </div>
                ))}
              </dl>
            ) : null}
          </li>
        );
      })}
    </ul>
  );
}

function Audit() {
  const [entity, setEntity] = useState('');
  const [page, setPage] = useState(1);
  const { data, error } = useLoad<Page<Entry>>(`/app/audit?entity=${entity}&page=${page}`);
  return (
    <section>
      <h1>{t('Audit trail')}</h1>
      <label className="control">
        {t('Records')}
        <select value={entity} onChange={(event) => { setEntity(event.target.value); setPage(1); }}>
          <option value="">{t('All')}</option>
          {audited.map((key) => <option key={key} value={key}>{entityOf(key).titlePlural}</option>)}
        </select>
      </label>
      {error ? <Problem>{error}</Problem> : !data ? <Loading /> : data.total === 0 ? <Empty title={t('Nothing has been changed yet.')} /> : (
        <div className="card panel">
          <Entries entries={data.items} named />
          <Pager page={data.page} pageSize={data.pageSize} total={data.total} change={setPage} />
        </div>
      )}
    </section>
  );
}

/** Administrators see below a record what was done with it. */
function Trail({ entity, row }: RecordProps) {
  const { user } = useSession();
  const { data } = useLoad<Page<Entry>>(user?.role === 'admin' ? `/app/audit?entity=${entity.key}&record=${row.id}` : null);
  if (!data || data.total === 0) return null;
  return (
    <section className="card panel" aria-labelledby="audit">
      <h2 id="audit">{t('Audit trail')}</h2>
      <Entries entries={data.items} />
    </section>
  );
}

/** Who changed what and when. */
export const feature: ClientFeature = { serves: audited, pages: { audit: Audit }, Panel: Trail };
