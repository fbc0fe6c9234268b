import { createElement, useEffect } from 'react';
import { app } from '../shared/app';
import { entityOf } from '../shared/model';
import { type PageInfo, pages } from '../shared/pages';
import { Layout } from './components/Layout';
import { Loading, Problem } from './components/Notice';
import type { PageProps } from './feature';
import { features } from './features';
import { admits } from './lib/audience';
import { match, navigate, usePlace } from './lib/router';
import { SessionProvider, useSession } from './lib/session';
import { t } from './lib/texts';
import { Forgot } from './pages/Forgot';
import { Home } from './pages/Home';
import { LogIn } from './pages/LogIn';
import { NotFound } from './pages/NotFound';
import { Outbox } from './pages/Outbox';
import { Overview } from './pages/Overview';
import { People } from './pages/People';
import { Profile } from './pages/Profile';
import { RecordDetail } from './pages/RecordDetail';
import { RecordForm } from './pages/RecordForm';
import { RecordImport } from './pages/RecordImport';
import { RecordList } from './pages/RecordList';
import { Reset } from './pages/Reset';
import { SignUp } from './pages/SignUp';
import { Text } from './pages/Text';

function Page({ page, id }: { page: PageInfo; id: string }) {
  switch (page.kind) {
    case 'home': return <Home />;
    case 'list': return <RecordList entity={entityOf(page.entity)} title={page.title} />;
    case 'detail': return <RecordDetail entity={entityOf(page.entity)} id={id} />;
    case 'new': return <RecordForm entity={entityOf(page.entity)} />;
    case 'edit': return <RecordForm entity={entityOf(page.entity)} id={id} />;
    case 'import': return <RecordImport entity={entityOf(page.entity)} />;
    case 'overview': return <Overview title={page.title} />;
    case 'profile': return <Profile />;
    case 'people': return <People />;
    case 'login': return <LogIn />;
    case 'signup': return <SignUp />;
    case 'forgot': return <Forgot />;
    case 'reset': return <Reset />;
    case 'outbox': return <Outbox />;
    case 'text': return <Text title={page.title} sections={page.sections ?? []} />;
    default: return <Own page={page} id={id} />;
  }
}

/** A page that a feature shows. */
function Own(props: PageProps) {
  const { kind }: { kind: string } = props.page;
  const feature = features.find(({ pages: own }) => own?.[kind]);
  return feature?.pages?.[kind] ? createElement(feature.pages[kind], props) : <NotFound />;
}

/** Sends guests of a members' page to log in, and then back. */
function Denied() {
  const { user, error } = useSession();
  const { path, query } = usePlace();
  const back = query.size > 0 ? `${path}?${query}` : path;
  useEffect(() => {
    if (!user && !error) navigate(`/login?next=${encodeURIComponent(back)}`, { replace: true });
  }, [user, error, back]);
  if (error) return <Problem>{error}</Problem>;
  return user ? <Problem>{t('You may not open this page.')}</Problem> : <Loading />;
}

function Content() {
  const { path } = usePlace();
  const { user, known, expected } = useSession();
  for (const page of pages) {
    const parameters = match(page.path, path);
    if (!parameters) continue;
    const id = Object.values(parameters)[0] ?? '';
    // What only members see waits until the server has said who this is, and what a member may do too.
    if (!known && (expected || !admits(page, null))) return <Loading />;
    // The key keeps one record's form from showing another's values.
    return admits(page, user) ? <Page key={`${page.path} ${id}`} page={page} id={id} /> : <Denied />;
  }
  return <NotFound />;
}

export function App() {
  const { path } = usePlace();
  useEffect(() => {
    const page = pages.find((candidate) => match(candidate.path, path));
    document.title = page && page.kind !== 'home' ? `${page.title} · ${app.name}` : app.name;
  }, [path]);
  return (
    <SessionProvider>
      <Layout><Content /></Layout>
    </SessionProvider>
  );
}
