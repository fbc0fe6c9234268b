import { type ReactNode, useEffect, useRef, useState } from 'react';
import { app } from '../../shared/app';
import { messageOf } from '../lib/api';
import { Link, usePlace } from '../lib/router';
import { useSession } from '../lib/session';
import { t } from '../lib/texts';
import { Account } from './Account';
import { Navigation } from './Navigation';
import { Problem } from './Notice';
import { Headers } from './Slots';
import { ThemeSwitch } from './ThemeSwitch';

export function Layout({ children }: { children: ReactNode }) {
  const { path } = usePlace();
  const { known } = useSession();
  const [error, setError] = useState<{ text: string; at: string } | null>(null);
  const main = useRef<HTMLElement>(null);
  const shown = useRef(path);

  // A reader who cannot see the page change is taken to where it begins.
  useEffect(() => {
    if (shown.current !== path) main.current?.focus({ preventScroll: true });
    shown.current = path;
  }, [path]);

  return (
    <>
      <a className="skip" href="#content">{t('Skip to content')}</a>
      <header className="top">
        <div className="bar">
          <Link href="/" className="brand">
            <span className="mark" aria-hidden="true">{[...app.name].find((letter) => /[\p{L}\p{N}]/u.test(letter))?.toUpperCase() ?? '•'}</span>
            <span>{app.name}</span>
          </Link>
          <Navigation />
          <div className="account">
            {known ? <Headers /> : null}
            <Account failed={(thrown) => setError({ text: messageOf(thrown), at: path })} />
          </div>
        </div>
      </header>
      <main id="content" ref={main} tabIndex={-1}>
        {error?.at === path ? <Problem>{error.text}</Problem> : null}
        {children}
      </main>
      <footer className="foot">
        <div>
          <p><strong>{app.name}</strong><span className="muted">{app.description}</span></p>
          <ThemeSwitch />
        </div>
      </footer>
    </>
  );
}
