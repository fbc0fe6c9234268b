import './ratings.css';
import { useState } from 'react';
import { highest, rated } from '../../shared/features/ratings';
import { Problem } from '../components/Notice';
import type { ClientFeature, RecordProps } from '../feature';
import { call, messageOf } from '../lib/api';
import { formatNumber } from '../lib/format';
import { type Mark, useMark } from '../lib/marks';
import { useSession } from '../lib/session';
import { t } from '../lib/texts';

interface Summary {
  average: number;
  count: number;
  mine: number | null;
}

const useRatings = ({ entity, row }: RecordProps): Mark<Summary> => useMark<Summary>(`/app/ratings/${entity.path}`, row.id);

/** Average and number of the ratings. */
function Average({ summary }: { summary: Summary | null }) {
  if (!summary) return <span className="rating muted">{t('Not rated yet')}</span>;
  const average = formatNumber(summary.average);
  const words = summary.count === 1 ? t('{average} of {highest}, one rating', { average, highest }) : t('{average} of {highest}, {count} ratings', { average, highest, count: formatNumber(summary.count) });
  return (
    <span className="rating" title={words}>
      <span aria-hidden="true">★ {average} ({formatNumber(summary.count)})</span>
      <span className="unseen">{words}</span>
    </span>
  );
}

function RatingMark(props: RecordProps) {
  const { value } = useRatings(props);
  return value === undefined ? <span className="rating" aria-hidden="true">★</span> : <Average summary={value} />;
}

function Ratings(props: RecordProps) {
  const { entity, row } = props;
  const { user } = useSession();
  const { value, reload } = useRatings(props);
  const [problem, setProblem] = useState<string | null>(null);
  // The stars show the choice at once; a refusal takes it back.
  const [chosen, setChosen] = useState<number | null>(null);
  const path = `/${entity.path}/${row.id}/rating`;
  const may = user && (rated[entity.key]?.own || !row._mine);

  async function send(mine: number) {
    setChosen(mine);
    try {
      await call(path, mine > 0 ? { method: 'POST', body: { value: mine } } : { method: 'DELETE' });
      setProblem(null);
    } catch (thrown) {
      setChosen(null);
      setProblem(messageOf(thrown));
    }
    reload();
  }

  const mine = chosen ?? value?.mine ?? 0;

  return (
    <section className="card panel" aria-labelledby="ratings">
      <h2 id="ratings">{t('Ratings')}</h2>
      {value === undefined ? null : <p><Average summary={value} /></p>}
      {problem ? <Problem>{problem}</Problem> : null}
      {may ? (
        <div className="actions">
          <Choice value={mine} choose={(each) => void send(each)} />
          {mine > 0 ? <button type="button" className="quiet small" onClick={() => void send(0)}>{t('Take back')}</button> : null}
        </div>
      ) : null}
    </section>
  );
}

/** Stars that are radio buttons. */
function Choice({ value, choose }: { value: number; choose: (value: number) => void }) {
  return (
    <fieldset className="choose-rating">
      <legend>{t('Your rating')}</legend>
      {Array.from({ length: highest }, (_, index) => index + 1).map((each) => (
        <label key={each} className={each <= value ? 'chosen' : undefined}>
          <input type="radio" name="rating" className="unseen" value={each} checked={each === value} onChange={() => choose(each)} />
          <span aria-hidden="true">{each <= value ? '★' : '☆'}</span>
          <span className="unseen">{t('{value} of {highest}', { value: each, highest })}</span>
        </label>
      ))}
    </fieldset>
  );
}

/** Ratings of records, one by each person. */
export const feature: ClientFeature = { serves: Object.keys(rated), Mark: RatingMark, Panel: Ratings, sorts: [{ key: '_rating', title: t('Rating') }] };
