import { useRef, useState } from 'react';
import { nextSteps, reach, readable, type Transition, writable } from '../../shared/entity';
import { entities } from '../../shared/model';
import { links } from '../../shared/pages';
import { Loading, Problem } from '../components/Notice';
import type { ClientFeature, RecordProps } from '../feature';
import { ApiError, call, messageOf } from '../lib/api';
import { formatMoment, humanise } from '../lib/format';
import { useLoad } from '../lib/load';
import { Link } from '../lib/router';
import { useSession } from '../lib/session';
import { t } from '../lib/texts';
import './workflow.css';

interface Step {
  id: string;
  from: string | null;
  to: string;
  at: string;
  person: string | null;
}

/** The steps that a record may take now, and those that it has taken. */
function Steps(props: RecordProps) {
  const { entity, row } = props;
  const { user } = useSession();
  const state = entity.workflow?.field ?? '';
  const heading = useRef<HTMLHeadingElement>(null);
  // The state is part of the address so that a step brings its own entry.
  const { data, error } = useLoad<Step[]>(`/${entity.path}/${row.id}/steps?now=${encodeURIComponent(String(row[state]))}`);
  if (!readable(entity, user).some(([key]) => key === state)) return null;
  return (
    <section className="card panel steps" aria-labelledby="steps">
      <h2 id="steps" ref={heading} tabIndex={-1}>{entity.fields[state]?.title}: {humanise(String(row[state]))}</h2>
      <Buttons {...props} state={state} onTaken={() => heading.current?.focus()} />
      {error ? <Problem>{error}</Problem> : !data ? <Loading /> : (
        <ol className="history" aria-label={t('History')}>
          {data.toReversed().map((step) => (
            <li key={step.id}>
              <p>{step.from === null ? humanise(step.to) : t('{from} → {to}', { from: humanise(step.from), to: humanise(step.to) })}</p>
              <p className="muted">{step.person ?? t('Somebody')} · <time dateTime={step.at}>{formatMoment(step.at)}</time></p>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}

/** A button goes with its step, so the focus moves to the heading that says what is now. */
function Buttons({ entity, row, reload, state, onTaken }: RecordProps & { state: string; onTaken: () => void }) {
  const { user } = useSession();
  const [busy, setBusy] = useState(false);
  const [problems, setProblems] = useState<string[]>([]);
  const far = reach(entity, 'update', user);
  const may = (far === 'all' || (far === 'own' && row._mine)) && writable(entity, user).some(([key]) => key === state);
  const steps = may ? nextSteps(entity, row[state], user, row._mine) : [];
  const edit = links[entity.key]?.edit(row.id);

  async function take(step: Transition) {
    setBusy(true);
    try {
      await call(`/${entity.path}/${row.id}`, { method: 'PATCH', body: { [state]: step.to } });
      setProblems([]);
      onTaken();
      reload();
    } catch (thrown) {
      const found = thrown instanceof ApiError ? Object.values(thrown.errors) : [];
      setProblems(found.length > 0 ? found : [messageOf(thrown)]);
    }
    setBusy(false);
  }

  if (steps.length === 0) return null;
  return (
    <>
      <div className="actions">
        {steps.map((step) => <button key={`${step.name} ${step.to}`} type="button" disabled={busy} onClick={() => void take(step)}>{step.name}</button>)}
      </div>
      {problems.map((problem) => <Problem key={problem}>{problem}</Problem>)}
      {problems.length > 0 && edit ? <p><Link href={edit}>{t('Edit')}</Link></p> : null}
    </>
  );
}

/** Records that move from state to state. */
export const feature: ClientFeature = { serves: entities.filter((entity) => entity.workflow).map((entity) => entity.key), Panel: Steps };
