import './reports.css';
import { locale } from '../../shared/app';
import { type Entity, reach } from '../../shared/entity';
import { reports } from '../../shared/features/reports';
import { countable, type Figure, type Figures as Answer, measures, mostGroups, type Step, steps } from '../../shared/figures';
import { entityOf } from '../../shared/model';
import { type Bar, Columns, Figures, Rows } from '../components/Chart';
import { Loading, Problem } from '../components/Notice';
import type { ClientFeature, PageProps } from '../feature';
import { formatDay, formatMinutes, formatMoney, formatNumber, humanise } from '../lib/format';
import { useLoad } from '../lib/load';
import { navigate, usePlace } from '../lib/router';
import { useSession } from '../lib/session';
import { t } from '../lib/texts';

const isStep = (by: string): by is Step => (steps as readonly string[]).includes(by);
const shortly = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', timeZone: 'UTC' });
const shortDay = (day: string) => shortly.format(new Date(`${day}T00:00:00Z`));
const isoDay = (ago: number) => {
  const now = new Date();
  now.setDate(now.getDate() - ago);
  return [now.getFullYear(), now.getMonth() + 1, now.getDate()].map((part) => String(part).padStart(2, '0')).join('-');
};

const titleOf = (entity: Entity, key: string) => (key === 'created_at' ? t('Added') : (entity.fields[key]?.title ?? key));

function measureTitle(entity: Entity, measure: string): string {
  const [kind, key = ''] = measure.split(':');
  if (kind === 'count') return t('Number of {titles}', { titles: entity.titlePlural });
  return kind === 'sum' ? t('{field}, sum', { field: titleOf(entity, key) }) : t('{field}, average', { field: titleOf(entity, key) });
}

/** How values of a measure are written. */
function writer(entity: Entity, measure: string): (value: number) => string {
  const type = entity.fields[measure.split(':')[1] ?? '']?.type;
  if (type === 'money') return formatMoney;
  return type === 'duration' ? (value) => formatMinutes(Math.round(value)) : (value) => formatNumber(Math.round(value * 100) / 100);
}

function groupName(entity: Entity, by: string, { key, label }: Figure): string {
  if (key === null) return t('Without one');
  const type = entity.fields[by]?.type;
  if (isStep(by)) return formatDay(key);
  if (type === 'boolean') return key === 'true' ? t('Yes') : t('No');
  return type === 'reference' ? (label ?? t('Not visible to you')) : humanise(key);
}

function Report({ page }: PageProps) {
  const { path, query } = usePlace();
  const { user } = useSession();
  const offered = (reports[page.path] ?? []).map(entityOf).filter((entity) => reach(entity, 'list', user) !== 'none');
  const entity = offered.find((each) => each.key === query.get('of')) ?? offered[0];
  const chosen = {
    by: query.get('by') ?? 'day', measure: query.get('measure') ?? 'count', time: query.get('time') ?? 'created_at',
    from: query.get('from') ?? isoDay(29), to: query.get('to') ?? isoDay(0),
  };

  /** The report's state is its address; another entity has other fields. */
  function change(key: string, value: string) {
    const next = new URLSearchParams(location.search);
    if (key === 'of') for (const each of ['by', 'measure', 'time']) next.delete(each);
    next.set(key, value);
    navigate(`${path}?${next}`, { replace: true });
  }

  if (!entity) return <Problem>{t('There is nothing here that you may see.')}</Problem>;
  const { times, groups } = countable(entity, user);
  const select = (key: keyof typeof chosen | 'of', label: string, options: [value: string, text: string][]) => (options.length > 1 ? (
    <label>
      <span>{label}</span>
      <select value={key === 'of' ? entity.key : chosen[key]} onChange={(event) => change(key, event.target.value)}>
        {options.map(([value, text]) => <option key={value} value={value}>{text}</option>)}
      </select>
    </label>
  ) : null);
  return (
    <section aria-labelledby="title">
      <h1 id="title">{page.title}</h1>
      <search className="tools">
        {select('of', t('About'), offered.map((each) => [each.key, each.titlePlural]))}
        {select('measure', t('What'), measures(entity, user).map((each) => [each, measureTitle(entity, each)]))}
        {select('by', t('By'), [['day', t('Day')], ['week', t('Week')], ['month', t('Month')], ...groups.map((key): [string, string] => [key, titleOf(entity, key)])])}
        {select('time', t('Time'), times.map((key) => [key, titleOf(entity, key)]))}
        {(['from', 'to'] as const).map((key) => (
          <label key={key}>
            <span>{key === 'from' ? t('From') : t('Until')}</span>
            <input type="date" value={chosen[key]} onChange={(event) => (event.target.value ? change(key, event.target.value) : undefined)} />
          </label>
        ))}
      </search>
      <Result key={entity.key} entity={entity} chosen={chosen} />
    </section>
  );
}

function Result({ entity, chosen }: { entity: Entity; chosen: Record<'by' | 'measure' | 'time' | 'from' | 'to', string> }) {
  const zone = new Intl.DateTimeFormat().resolvedOptions().timeZone;
  const asked = new URLSearchParams({ ...chosen, zone });
  const { data, error } = useLoad<Answer>(`/app/reports/${entity.key}?${asked}`);
  if (error) return <Problem>{error}</Problem>;
  if (!data) return <Loading />;
  const show = writer(entity, chosen.measure);
  const what = measureTitle(entity, chosen.measure);
  const name = isStep(chosen.by) ? { day: t('Day'), week: t('Week from'), month: t('Month from') }[chosen.by] : titleOf(entity, chosen.by);
  const bars: Bar[] = data.rows.map((row) => ({ label: groupName(entity, chosen.by, row), value: row.value, ...(isStep(chosen.by) && row.key ? { short: shortDay(row.key) } : {}) }));
  const title = t('{what} by {name}: {total} in all', { what, name, total: show(data.total) });
  return (
    <>
      <div className="card report">
        <p className="muted">{what}</p>
        <p className="count">{show(data.total)}</p>
        {bars.length === 0 ? <p className="muted">{t('Nothing in this time')}</p> : isStep(chosen.by) ? <Columns title={title} bars={bars} show={show} /> : <Rows title={title} bars={bars} show={show} />}
        {bars.length >= mostGroups && !isStep(chosen.by) ? <p className="muted">{t('Only the first {count} are shown.', { count: mostGroups })}</p> : null}
      </div>
      <div className="heading report-table">
        <h2>{t('The figures')}</h2>
        <a className="button quiet small" href={`/api/app/reports/${entity.key}?${asked}&format=csv`} download>{t('Save as CSV')}</a>
      </div>
      <Figures title={title} head={[name, what]} bars={bars} show={show} />
    </>
  );
}

/** Figures about records. */
export const feature: ClientFeature = { pages: { report: Report } };
