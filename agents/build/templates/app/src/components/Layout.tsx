import { type ReactNode, useState } from 'react';
import { app } from '../../shared/app';
import { pages } from '../../shared/pages';
import { ApiError, call, messageOf } from '../lib/api';
import { Link, navigate, usePlace } from '../lib/router';
import { useSession } from '../lib/session';
import { admits } from '../lib/audience';
import { Problem } from './Notice';
import { Headers } from './Slots';

export function Layout({ children }: { children: ReactNode }) {
  const { path } = usePlace();
  const { user, known, setUser } = useSession();
  const [error, setError] = useState<string | null>(null);
  const current = (target: string) => (path === target || path.startsWith(`${target}/`) ? ('page' as const) : undefined);

  async function logOut() {
    try {
      await call('/auth/logout', { method: 'POST' });
    } catch (thrown) {
      if (!(thrown instanceof ApiError)) throw thrown;
      setError(messageOf(thrown));
      return;
    }
    setUser(null);
    navigate('/');
  }

  return (
    <>
      <a className="skip" href="#content">Skip to content</a>
      <header className="top">
        <div className="bar">
          <Link href="/" className="brand">{app.name}</Link>
          <nav aria-label="Main">
            {pages.filter((page) => page.nav && known && admits(page, user)).map((page) => (
              <Link key={page.path} href={page.path} aria-current={current(page.path)}>{page.title}</Link>
            ))}
          </nav>
          <div className="account">
            {known ? <Headers /> : null}
            {!known ? null : user ? (
              <>
                <span className="who" title={user.email}>{user.name}</span>
                <button type="button" className="quiet" onClick={() => void logOut()}>Log out</button>
              </>
            ) : (
              <>
                <Link href="/login">Log in</Link>
                <Link href="/signup" className="button">Sign up</Link>
              </>
            )}
          </div>
        </div>
      </header>
      <main id="content">
        {error ? <Problem>{error}</Problem> : null}
        {children}
      </main>
      <footer className="foot">{app.name}</footer>
    </>
  );
}
