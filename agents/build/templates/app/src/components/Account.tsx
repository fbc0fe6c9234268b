import { signUpOpen } from '../../shared/app';
import { pages } from '../../shared/pages';
import { call } from '../lib/api';
import { Link, navigate } from '../lib/router';
import { useSession } from '../lib/session';
import { admits } from '../lib/audience';
import { t } from '../lib/texts';
import { Icon } from './Icon';
import { Menu } from './Menu';
import { forAdmins } from './Navigation';
import { ThemeSwitch } from './ThemeSwitch';

const initials = (name: string) => name.split(/\s+/).filter(Boolean).map((word) => [...word][0]).slice(0, 2).join('');

/** Who is signed in, and what belongs to them; for guests the way in. */
export function Account({ failed }: { failed: (thrown: unknown) => void }) {
  const { user, known, expected, setUser } = useSession();
  if (!known && expected) return <span className="avatar expected" />;
  if (!user) {
    return (
      <>
        <Link href="/login" className="button quiet">{t('Log in')}</Link>
        {signUpOpen ? <Link href="/signup" className="button">{t('Sign up')}</Link> : null}
      </>
    );
  }
  const own = pages.filter((page) => !page.path.includes(':') && (page.kind === 'profile' || (page.nav && forAdmins(page))) && admits(page, user));

  async function logOut() {
    try {
      await call('/auth/logout', { method: 'POST' });
    } catch (thrown) {
      failed(thrown);
      return;
    }
    setUser(null);
    navigate('/');
  }

  return (
    <Menu className="person" label={t('Account of {name}', { name: user.name })} button={<span className="avatar" aria-hidden="true">{initials(user.name)}</span>}>
      <p className="whoami"><strong>{user.name}</strong><span className="muted">{user.email}</span></p>
      {own.map((page) => (
        <Link key={page.path} href={page.path}><Icon name={page.kind === 'profile' ? 'person' : 'people'} />{page.title}</Link>
      ))}
      <hr />
      <ThemeSwitch />
      <hr />
      <button type="button" onClick={() => void logOut()}><Icon name="leave" />{t('Log out')}</button>
    </Menu>
  );
}
