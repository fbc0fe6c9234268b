import { type FormEvent, useState } from 'react';
import * as v from 'valibot';
import type { Errors, User } from '../../shared/entity';
import { Entry, SendForm } from '../components/AccountForm';
import { Invite } from '../components/Invite';
import { Loading, Problem } from '../components/Notice';
import type { ClientFeature } from '../feature';
import { call, messageOf } from '../lib/api';
import { formatMoment } from '../lib/format';
import { useLoad } from '../lib/load';
import { Link, navigate, usePlace } from '../lib/router';
import { useSession } from '../lib/session';
import { t } from '../lib/texts';

interface Organisation {
  id: string;
  name: string;
  leads: boolean;
  people: { id: string; name: string; joined_at: string; leads: boolean }[];
}

const base = '/app/organisation';
const named = v.object({ organisation: v.pipe(v.string(), v.trim(), v.minLength(1, t('Organisation is required')), v.maxLength(100, t('Organisation is too long'))) });

const Name = ({ value, error }: { value?: string; error: string | undefined }) => <Entry name="organisation" label={t('Organisation')} autoComplete="organization" value={value} error={error} />;

/** Asks who signs up for the organisation to found; whoever is invited to one is not asked. */
function SignUp({ errors }: { errors: Errors }) {
  const invited = usePlace().query.get('organisation') === 'joined';
  return invited ? null : <Name error={errors.organisation} />;
}

/** The session again: which organisation one is in decides what one sees. */
function useReload() {
  const { setUser } = useSession();
  return async () => setUser(await call<User | null>('/auth/me'));
}

function OrganisationPage() {
  const { user } = useSession();
  const { data, error, reload } = useLoad<Organisation | null>(base);
  const renew = useReload();
  if (error) return <Problem>{error}</Problem>;
  if (user?.org && !data) return <Loading />;
  return data && user ? <Own organisation={data} user={user} reload={reload} renew={renew} /> : (
    <section className="narrow stack">
      <h1>{t('Organisation')}</h1>
      <p>{t('You are in no organisation: found one, or open the link of an invitation.')}</p>
      <SendForm title={t('Found an organisation')} path={base} schema={named} done={() => void renew().then(reload)}>
        {(errors) => <Name error={errors.organisation} />}
      </SendForm>
    </section>
  );
}

interface OwnProps {
  organisation: Organisation;
  user: User;
  reload: () => void;
  renew: () => Promise<void>;
}

function Own({ organisation, user, reload, renew }: OwnProps) {
  const [problem, setProblem] = useState<string | null>(null);

  async function remove(id: string) {
    try {
      await call(`${base}/people/${id}`, { method: 'DELETE' });
      setProblem(null);
      if (id === user.id) await renew();
    } catch (thrown) {
      setProblem(messageOf(thrown));
    }
    reload();
  }

  return (
    <section className="narrow stack">
      <h1>{organisation.name}</h1>
      {problem ? <Problem>{problem}</Problem> : null}
      <ul className="entries card" aria-label={t('People')}>
        {organisation.people.map((each) => (
          <li key={each.id}>
            <span>{each.name} <span className="muted">{each.leads ? t('leads the organisation') : t('since {time}', { time: formatMoment(each.joined_at) })}</span></span>
            {organisation.leads && each.id !== user.id ? <button type="button" className="quiet danger small" aria-label={t('Remove {name}', { name: each.name })} onClick={() => void remove(each.id)}>{t('Remove')}</button> : null}
            {!organisation.leads && each.id === user.id ? <button type="button" className="quiet danger small" onClick={() => void remove(each.id)}>{t('Leave')}</button> : null}
          </li>
        ))}
      </ul>
      {organisation.leads ? (
        <>
          <Invite path={`${base}/invitations`} />
          <h2>{t('Name of the organisation')}</h2>
          <SendForm title={t('Change the name')} path={base} method="PATCH" schema={named} done={reload}>
            {(errors) => <Name value={organisation.name} error={errors.organisation} />}
          </SendForm>
        </>
      ) : null}
    </section>
  );
}

/** Where the link of an invitation to an organisation leads. */
function Join() {
  const { user } = useSession();
  const { path, query } = usePlace();
  const token = query.get('invitation') ?? '';
  const renew = useReload();
  const [problem, setProblem] = useState<string | null>(null);

  async function join(event: FormEvent) {
    event.preventDefault();
    try {
      await call(`${base}/join`, { method: 'POST', body: { token } });
      await renew();
      navigate('/');
    } catch (thrown) {
      setProblem(messageOf(thrown));
    }
  }

  const here = encodeURIComponent(`${path}?invitation=${token}`);
  return (
    <section className="narrow stack">
      <h1>{t('Join an organisation')}</h1>
      {problem ? <Problem>{problem}</Problem> : null}
      {!token ? <p>{t('The link is not complete.')}</p> : user ? (
        <form className="actions" onSubmit={(event) => void join(event)}><button type="submit">{t('Join as {name}', { name: user.name })}</button></form>
      ) : (
        <p className="actions">
          <Link className="button" href={`/signup?organisation=joined&invitation=${token}`}>{t('Make an account')}</Link>
          <Link className="button quiet" href={`/login?next=${here}`}>{t('I have an account')}</Link>
        </p>
      )}
    </section>
  );
}

/** People work in organisations, which they found, join, lead and leave. */
export const feature: ClientFeature = { pages: { organisation: OrganisationPage, join: Join }, SignUp };
