import type { Page } from '../../shared/entity';
import { Empty, Loading, Problem } from '../components/Notice';
import { type Named, Person } from '../components/Person';
import { Pager } from '../components/Pager';
import type { ClientFeature, PageProps } from '../feature';
import { formatNumber } from '../lib/format';
import { useLoad } from '../lib/load';
import { navigate, usePlace } from '../lib/router';
import { t } from '../lib/texts';

interface Ranked extends Named {
  rank: number;
  points: number;
}

type Answer = Page<Ranked> & { me: { rank: number; points: number } | null };

function Leaderboard({ page }: PageProps) {
  const { path, query } = usePlace();
  const { data, error } = useLoad<Answer>(`/app/leaderboard?page=${encodeURIComponent(query.get('page') ?? '1')}`);
  return (
    <section className="narrow">
      <h1>{page.title}</h1>
      {error ? <Problem>{error}</Problem> : !data ? <Loading /> : data.total === 0 ? <Empty title={t('Nobody has points yet.')} /> : (
        <>
          {data.me ? <p>{t('You are number {rank} with {points} points.', { rank: formatNumber(data.me.rank), points: formatNumber(data.me.points) })}</p> : null}
          <table>
            <thead><tr><th scope="col">{t('Rank')}</th><th scope="col">{t('Name')}</th><th scope="col">{t('Points')}</th></tr></thead>
            <tbody>
              {data.items.map((each) => (
                <tr key={each.id}>
                  <td data-label={t('Rank')}>{formatNumber(each.rank)}</td>
                  <td data-label={t('Name')} className="name"><Person id={each.id} name={each.name} /></td>
                  <td data-label={t('Points')}>{formatNumber(each.points)}</td>
                </tr>
              ))}
            </tbody>
          </table>
          <Pager page={data.page} pageSize={data.pageSize} total={data.total} change={(number) => navigate(number > 1 ? `${path}?page=${number}` : path)} />
        </>
      )}
    </section>
  );
}

/** Who has most points. */
export const feature: ClientFeature = { pages: { leaderboard: Leaderboard } };
