import { app, signUpOpen } from '../../shared/app';
import { reach } from '../../shared/entity';
import { entities } from '../../shared/model';
import { links } from '../../shared/pages';
import { Cards } from '../components/Cards';
import { Hero } from '../components/Hero';
import { Invitation, Promises } from '../components/Invitation';
import { Loading } from '../components/Notice';
import { type Option, PartOfHome, Topics, topicsPath } from '../components/Parts';
import { Homes } from '../components/Slots';
import { type HomePlan, homeOf } from '../lib/home';
import { useLoad } from '../lib/load';
import { usePart } from '../lib/parts';
import { Link } from '../lib/router';
import { useSession } from '../lib/session';
import { t } from '../lib/texts';

/** The start: what there is for guests, what the app is for, or what is new for somebody signed in. */
export function Home() {
  const { user, known, expected } = useSession();
  const plan = homeOf(entities, user);
  if (!known && expected) return <Loading />;
  if (user) return <Inside plan={plan} name={user.name} />;
  return plan.open ? <Front plan={plan} /> : <Landing />;
}

/** Parts of the page, all at once: one that comes later would push the others down. */
function useParts(plan: HomePlan, others: number) {
  const { user } = useSession();
  const wanted = [plan.main, ...plan.others.slice(0, others)];
  const topics = topicsPath(plan.main, user);
  const named = useLoad<Option[]>(topics);
  const parts = [usePart(wanted[0]), usePart(wanted[1], 4), usePart(wanted[2], 4)];
  const ready = wanted.every((entity, index) => !entity || parts[index]) && (!topics || named.data !== null || named.error !== null);
  return { parts: parts.filter((part) => part !== null), named: named.data, ready };
}

function Front({ plan }: { plan: HomePlan }) {
  const { known } = useSession();
  const { parts, named, ready } = useParts(plan, 2);
  const link = plan.main && links[plan.main.key];
  return (
    <>
      <Hero title={app.name} main={plan.main} rows={parts[0]?.rows ?? []}>
        {link && plan.main ? <Link href={link.list} className="button">{t('Browse {titles}', { titles: plan.main.titlePlural })}</Link> : null}
        {signUpOpen ? <Link href="/signup" className="button quiet">{t('Create an account')}</Link> : null}
      </Hero>
      {known && ready ? (
        <>
          {plan.main ? <Topics entity={plan.main} named={named} /> : null}
          {parts.map((part) => <PartOfHome key={part.entity.key} part={part} />)}
          <Homes />
          <Promises />
          <Invitation />
        </>
      ) : <Loading />}
    </>
  );
}

function Landing() {
  const { known } = useSession();
  return (
    <>
      <Hero title={app.name} main={undefined} rows={[]}>
        {signUpOpen ? <Link href="/signup" className="button">{t('Create an account')}</Link> : null}
        <Link href="/login" className="button quiet">{t('I have an account')}</Link>
      </Hero>
      {known ? <><Promises /><Homes /><Invitation /></> : <Loading />}
    </>
  );
}

function Inside({ plan, name }: { plan: HomePlan; name: string }) {
  const { user } = useSession();
  const { parts, named, ready } = useParts(plan, plan.open ? 2 : 0);
  const shown = [plan.main, ...plan.others].filter((entity) => entity !== undefined);
  const addable = shown.filter((entity) => !entity.parent && links[entity.key] && reach(entity, 'create', user) !== 'none').slice(0, 2);
  const inParts = new Set(parts.map((part) => part.entity));
  const rest = entities.filter((entity) => !entity.parent && !inParts.has(entity));
  return (
    <>
      <div className="greeting">
        <div>
          <h1>{t('Welcome, {name}', { name })}</h1>
          {app.description ? <p className="lead">{app.description}</p> : null}
        </div>
        <div className="actions">
          {addable.map((entity, index) => <Link key={entity.key} href={links[entity.key]?.new ?? '/'} className={index === 0 ? 'button' : 'button quiet'}>{t('New {title}', { title: entity.title })}</Link>)}
        </div>
      </div>
      {ready ? (
        <>
          {plan.main ? <Topics entity={plan.main} named={named} /> : null}
          {parts.map((part) => <PartOfHome key={part.entity.key} part={part} />)}
          <Homes />
          <Cards only={rest} />
        </>
      ) : <Loading />}
    </>
  );
}
