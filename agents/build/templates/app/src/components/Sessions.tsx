import { useState } from 'react';
import { call, messageOf } from '../lib/api';
import { formatMoment } from '../lib/format';
import { useLoad } from '../lib/load';
import { navigate } from '../lib/router';
import { useSession } from '../lib/session';
import { t } from '../lib/texts';
import { Loading, Problem } from './Notice';

interface Opened {
  id: string;
  agent: string;
  created_at: string;
  seen_at: string;
  current: boolean;
}

/** "Firefox on Linux" of what a browser calls itself. */
function device(agent: string): string {
  const browser = /(Firefox|Edg|OPR|Chrome|Safari)\//.exec(agent)?.[1] ?? '';
  const system = /Android|iPhone|iPad|Windows|Mac OS X|Linux/.exec(agent)?.[0] ?? '';
  const name = { Edg: 'Edge', OPR: 'Opera' }[browser] ?? browser;
  return name && system ? t('{browser} on {system}', { browser: name, system }) : agent || t('An unknown program');
}

/** Where somebody is logged in, and the way to end it. */
export function Sessions() {
  const { setUser } = useSession();
  const { data, error, reload } = useLoad<Opened[]>('/auth/sessions');
  const [problem, setProblem] = useState<string | null>(null);

  async function end(path: string, then: () => void) {
    try {
      await call(path, { method: 'DELETE' });
      setProblem(null);
      then();
    } catch (thrown) {
      setProblem(messageOf(thrown));
    }
  }

  const leave = () => {
    setUser(null);
    navigate('/login');
  };

  return (
    <section className="card stack" aria-labelledby="sessions">
      <h2 id="sessions">{t('Where you are logged in')}</h2>
      {problem ? <Problem>{problem}</Problem> : null}
      {error ? <Problem>{error}</Problem> : !data ? <Loading /> : (
        <ul className="entries">
          {data.map((each) => (
            <li key={each.id}>
              <span>{device(each.agent)} <span className="muted">{each.current ? t('this device') : t('last seen {time}', { time: formatMoment(each.seen_at) })}</span></span>
              {each.current ? null : <button type="button" className="quiet small" onClick={() => void end(`/auth/sessions/${each.id}`, reload)}>{t('End')}</button>}
            </li>
          ))}
        </ul>
      )}
      <div className="actions"><button type="button" className="quiet" onClick={() => void end('/auth/sessions', leave)}>{t('Log out everywhere')}</button></div>
    </section>
  );
}
