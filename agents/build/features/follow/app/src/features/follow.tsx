import './follow.css';
import { useState } from 'react';
import { shown } from '../../shared/features/follow';
import { addressOf } from '../../shared/places';
import { MoreButton } from '../components/MoreButton';
import { Empty, Loading, Problem } from '../components/Notice';
import { FindPerson, Initial, type Named, Person } from '../components/Person';
import { Stream } from '../components/Stream';
import type { ClientFeature, PageProps, RecordProps } from '../feature';
import { call, messageOf } from '../lib/api';
import { formatNumber } from '../lib/format';
import { useLoad } from '../lib/load';
import { useMark } from '../lib/marks';
import { useMore } from '../lib/more';
import { Link } from '../lib/router';
import { useSession } from '../lib/session';
import { t } from '../lib/texts';
import { NotFound } from '../pages/NotFound';

interface Profile extends Named {
  followers: number;
  following: number;
  followed: boolean;
  mine: boolean;
}

const pathOf = (id: string) => `/app/follow/people/${encodeURIComponent(id)}`;

/** A person's own page. */
function PersonPage({ id }: PageProps) {
  const { data: person, error, status, reload } = useLoad<Profile>(pathOf(id));
  if (status === 404) return <NotFound />;
  if (error) return <Problem>{error}</Problem>;
  if (!person) return <Loading />;
  return (
    <>
      <div className="heading">
        <h1 className="person-name"><Initial name={person.name} />{person.name}</h1>
        <Actions person={person} reload={reload} />
      </div>
      <Circle title={t('Followers: {count}', { count: formatNumber(person.followers) })} path={`${pathOf(id)}/followers`} key={person.followers} />
      <Circle title={t('Follows: {count}', { count: formatNumber(person.following) })} path={`${pathOf(id)}/following`} />
      <Stream path={`${pathOf(id)}/records`}><Empty title={t('Nothing here yet.')} /></Stream>
    </>
  );
}

function Actions({ person, reload }: { person: Profile; reload: () => void }) {
  const { user } = useSession();
  const [problem, setProblem] = useState<string | null>(null);
  const write = addressOf('conversation', person.id);
  if (!user || person.mine) return null;

  async function turn() {
    try {
      await call(pathOf(person.id), { method: person.followed ? 'DELETE' : 'POST' });
      setProblem(null);
    } catch (thrown) {
      setProblem(messageOf(thrown));
    }
    reload();
  }

  return (
    <div className="actions">
      {problem ? <Problem>{problem}</Problem> : null}
      {write ? <Link href={write} className="button quiet">{t('Write a message')}</Link> : null}
      <button type="button" className={person.followed ? 'quiet' : undefined} onClick={() => void turn()}>{person.followed ? t('Stop following') : t('Follow')}</button>
    </div>
  );
}

/** Followers or followed, folded until somebody wants to see them. */
function Circle({ title, path }: { title: string; path: string }) {
  const [open, setOpen] = useState(false);
  return (
    <details className="card circle" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{title}</summary>
      {open ? <Names path={path} /> : null}
    </details>
  );
}

function Names({ path }: { path: string }) {
  const list = useMore<Named>(path);
  if (!list.items) return list.error ? <Problem>{list.error}</Problem> : <Loading />;
  if (list.items.length === 0) return <p className="muted">{t('Nobody yet.')}</p>;
  return (
    <>
      <ul className="people">{list.items.map((person) => <li key={person.id}><Initial name={person.name} /><Person {...person} /></li>)}</ul>
      <MoreButton list={list} />
    </>
  );
}

/** Whom one follows, and a way to find others. */
function Following({ page }: PageProps) {
  const { user } = useSession();
  if (!user) return null;
  return (
    <section className="narrow">
      <h1>{page.title}</h1>
      <FindPerson path="/app/follow/people">{(person) => <><Initial name={person.name} /><Person {...person} /></>}</FindPerson>
      <section className="card panel" aria-labelledby="follows"><h2 id="follows">{t('You follow')}</h2><Names path={`${pathOf(user.id)}/following`} /></section>
      <section className="card panel" aria-labelledby="followers"><h2 id="followers">{t('Your followers')}</h2><Names path={`${pathOf(user.id)}/followers`} /></section>
    </section>
  );
}

/** Who made a record. */
function Author({ entity, row }: RecordProps) {
  const { value } = useMark<Named>(`/app/follow/authors/${entity.path}`, row.id);
  return value ? <span className="author-mark">{t('by')} <Person {...value} /></span> : null;
}

/** People who follow people, and a page for each. */
export const feature: ClientFeature = { serves: shown, Mark: Author, pages: { person: PersonPage, following: Following } };
