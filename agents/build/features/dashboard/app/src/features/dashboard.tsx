import './dashboard.css';
import { type Dashboard, span, type Task, type Tile } from '../../shared/features/dashboard';
import { entityOf } from '../../shared/model';
import { links } from '../../shared/pages';
import { Spark } from '../components/Chart';
import { Loading, Problem } from '../components/Notice';
import type { ClientFeature, PageProps } from '../feature';
import { formatDay, formatMoment, formatMoney, formatNumber, humanise } from '../lib/format';
import { useLoad } from '../lib/load';
import { Link } from '../lib/router';
import { useSession } from '../lib/session';
import { t } from '../lib/texts';

function DashboardPage({ page }: PageProps) {
  const { user } = useSession();
  const zone = new Intl.DateTimeFormat().resolvedOptions().timeZone;
  const { data, error } = useLoad<Dashboard>(`/app/dashboard?zone=${encodeURIComponent(zone)}`);
  return (
    <section aria-labelledby="title">
      <h1 id="title">{page.title}</h1>
      {error ? <Problem>{error}</Problem> : !data ? <Loading /> : (
        <>
          {user && data.waiting.length > 0 ? <Waiting tasks={data.waiting} /> : null}
          <div className="cards">{data.tiles.map((tile) => <TileCard key={tile.entity} tile={tile} />)}</div>
          {data.tiles.length === 0 ? <p className="muted">{t('There is nothing here that you may see.')}</p> : null}
        </>
      )}
    </section>
  );
}

/** How two numbers compare, in words: colours alone would not tell. */
function change(now: number, before: number): string {
  if (now === before) return t('as many as in the {days} days before', { days: span });
  if (before === 0) return t('none in the {days} days before', { days: span });
  const percent = formatNumber(Math.round((Math.abs(now - before) / Math.abs(before)) * 100));
  return now > before ? t('▲ {percent} % more than in the {days} days before', { percent, days: span }) : t('▼ {percent} % fewer than in the {days} days before', { percent, days: span });
}

function TileCard({ tile }: { tile: Tile }) {
  const entity = entityOf(tile.entity);
  const link = links[entity.key];
  const best = tile.days.reduce((most, day) => (day.value > most.value ? day : most), { key: '', label: '', value: 0 });
  const summary = t('{titles} in the last {days} days: {count}', { titles: entity.titlePlural, days: span, count: formatNumber(tile.now) });
  return (
    <section className="card" aria-label={entity.titlePlural}>
      <h2>{link ? <Link href={link.list}>{entity.titlePlural}</Link> : entity.titlePlural}</h2>
      <p className="count">{formatNumber(tile.total)}</p>
      <p className="dashboard-change"><strong>+{formatNumber(tile.now)}</strong> <span className="muted">{change(tile.now, tile.before)}</span></p>
      <Spark title={best.key ? `${summary}, ${t('most on {day}: {count}', { day: formatDay(best.key), count: formatNumber(best.value) })}` : summary} bars={tile.days.map((day) => ({ label: day.key ?? '', value: day.value }))} />
      {tile.amount ? <p className="dashboard-change">{entity.fields[tile.amount.key]?.title}: <strong>{formatMoney(tile.amount.now)}</strong> <span className="muted">{t('in {days} days, {before} before', { days: span, before: formatMoney(tile.amount.before) })}</span></p> : null}
      <ul className="recent">
        {tile.newest.map((row) => <li key={row.id}>{link ? <Link href={link.detail(row.id)}>{row.label ?? t('Without a name')}</Link> : row.label}</li>)}
        {tile.newest.length === 0 ? <li className="muted">{t('Nothing here yet')}</li> : null}
      </ul>
    </section>
  );
}

function Waiting({ tasks }: { tasks: Task[] }) {
  return (
    <section className="card" aria-labelledby="waiting">
      <h2 id="waiting">{t('Waiting for you')}</h2>
      <ul className="dashboard-tasks">
        {tasks.map((task) => {
          const entity = entityOf(task.entity);
          const link = links[task.entity];
          return (
            <li key={task.id}>
              <span>{link ? <Link href={link.detail(task.id)}>{task.label ?? t('Without a name')}</Link> : task.label} <span className="muted">{entity.title}</span></span>
              <span><span className="badge">{humanise(task.state)}</span> <time className="muted" dateTime={task.since}>{t('since {moment}', { moment: formatMoment(task.since) })}</time></span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

/** What there is and what changed. */
export const feature: ClientFeature = { pages: { dashboard: DashboardPage } };
