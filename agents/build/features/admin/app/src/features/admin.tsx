import { roles } from '../../shared/app';
import { entityOf } from '../../shared/model';
import { links, pages } from '../../shared/pages';
import { Loading, Problem } from '../components/Notice';
import type { ClientFeature } from '../feature';
import { formatMinutes, formatNumber } from '../lib/format';
import { useLoad } from '../lib/load';
import { Link } from '../lib/router';
import { t } from '../lib/texts';

interface Overview {
  roles: { role: string; count: number }[];
  week: number;
  records: { entity: string; count: number }[];
  server: { build: string; node: string; seconds: number; bytes: number };
}

const titleOf = (role: string) => roles.find(({ key }) => key === role)?.title ?? role;

function Admin() {
  const { data, error } = useLoad<Overview>('/app/admin');
  if (error) return <Problem>{error}</Problem>;
  const others = pages.filter((page) => page.audience.length === 1 && page.audience[0] === 'admin' && page.kind !== 'admin' && !page.path.includes(':'));
  return (
    <section>
      <h1>{t('Administration')}</h1>
      {!data ? <Loading /> : (
        <div className="cards">
          <section className="card" aria-labelledby="accounts">
            <h2 id="accounts">{t('Accounts')}</h2>
            <dl className="facts">
              {data.roles.map(({ role, count }) => <div key={role}><dt>{titleOf(role)}</dt><dd>{formatNumber(count)}</dd></div>)}
              <div><dt>{t('New in the last 7 days')}</dt><dd>{formatNumber(data.week)}</dd></div>
            </dl>
          </section>
          <section className="card" aria-labelledby="records">
            <h2 id="records">{t('Records')}</h2>
            <dl className="facts">
              {data.records.map(({ entity, count }) => (
                <div key={entity}><dt><Link href={links[entity]?.list ?? '/'}>{entityOf(entity).titlePlural}</Link></dt><dd>{formatNumber(count)}</dd></div>
              ))}
            </dl>
          </section>
          <section className="card" aria-labelledby="server">
            <h2 id="server">{t('Server')}</h2>
            <dl className="facts">
              <div><dt>{t('Build')}</dt><dd>{data.server.build}</dd></div>
              <div><dt>{t('Running for')}</dt><dd>{formatMinutes(Math.floor(data.server.seconds / 60))}</dd></div>
              <div><dt>{t('Database')}</dt><dd>{t('{size} MB', { size: formatNumber(Math.round(data.server.bytes / 1e6)) })}</dd></div>
            </dl>
          </section>
          <nav className="card" aria-label={t('Administration')}>
            <ul>{others.map((page) => <li key={page.path}><Link href={page.path}>{page.title}</Link></li>)}</ul>
          </nav>
        </div>
      )}
    </section>
  );
}

/** An overview for administrators. */
export const feature: ClientFeature = { pages: { admin: Admin } };
