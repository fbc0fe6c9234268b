import { useState } from 'react';
import { approved, approvers } from '../../shared/features/approvals';
import { entityOf } from '../../shared/model';
import { links } from '../../shared/pages';
import { Empty, Loading, Problem } from '../components/Notice';
import type { ClientFeature, RecordProps } from '../feature';
import { call, messageOf } from '../lib/api';
import { formatMoment } from '../lib/format';
import { useLoad } from '../lib/load';
import { Link } from '../lib/router';
import { useSession } from '../lib/session';
import { t } from '../lib/texts';

interface State {
  approved: boolean;
  since: string | null;
}

/** Whether others see the record, and for approvers the way to change that. */
function Approval({ entity, row }: RecordProps) {
  const { user } = useSession();
  const path = `/${entity.path}/${row.id}/approval`;
  const { data, reload } = useLoad<State>(path);
  const [state, setState] = useState<{ busy: boolean; problem: string | null }>({ busy: false, problem: null });
  const may = user !== null && approvers.includes(user.role);

  async function decide(next: boolean) {
    setState({ busy: true, problem: null });
    try {
      await call(path, { method: 'POST', body: { approved: next } });
      setState({ busy: false, problem: null });
      reload();
    } catch (thrown) {
      setState({ busy: false, problem: messageOf(thrown) });
    }
  }

  if (!data || (!may && (data.approved || !row._mine))) return null;
  return (
    <span className="actions">
      <span className="badge">{data.approved ? t('Approved') : t('Waiting for approval: only you see it')}</span>
      {may ? <button type="button" className={data.approved ? 'quiet small' : 'small'} disabled={state.busy} onClick={() => void decide(!data.approved)}>{data.approved ? t('Withdraw') : t('Approve')}</button> : null}
      {state.problem ? <Problem>{state.problem}</Problem> : null}
    </span>
  );
}

interface Waiting {
  entity: string;
  id: string;
  label: string | null;
  updated_at: string;
  author: string | null;
}

function Approvals() {
  const { data, error } = useLoad<Waiting[]>('/app/approvals');
  return (
    <section>
      <h1>{t('To approve')}</h1>
      {error ? <Problem>{error}</Problem> : !data ? <Loading /> : data.length === 0 ? <Empty title={t('Nothing is waiting.')} /> : (
        <ul className="recent card">
          {data.map((each) => (
            <li key={each.id}>
              <Link href={links[each.entity]?.detail(each.id) ?? '/'}>{each.label ?? entityOf(each.entity).title}</Link>{' '}
              <span className="muted">{entityOf(each.entity).title} · {each.author ?? t('Somebody')} · <time dateTime={each.updated_at}>{formatMoment(each.updated_at)}</time></span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

/** Records that others see only once they are approved. */
export const feature: ClientFeature = { serves: Object.keys(approved), pages: { approvals: Approvals }, Mark: Approval };
