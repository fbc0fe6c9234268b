import { type PageInfo, pages } from '../../shared/pages';
import { admits } from '../lib/audience';
import { Link, usePlace } from '../lib/router';
import { useSession } from '../lib/session';
import { t } from '../lib/texts';
import { Icon } from './Icon';
import { Menu, useOpen } from './Menu';

/** As many as a header has room for; the others are below "More". */
const shown = 5;

/** Pages that only administrators open are in the account's menu. */
export const forAdmins = (page: PageInfo) => page.audience.every((who) => who === 'admin');

/** The main pages: in a row, and on phones behind a button. */
export function Navigation() {
  const { path } = usePlace();
  const { user, known } = useSession();
  const { open, ref, toggle } = useOpen();
  const places = pages.filter((page) => page.nav && !forAdmins(page) && admits(page, user));
  const here = (target: string) => (path === target || path.startsWith(`${target}/`) ? ('page' as const) : undefined);
  const link = (page: PageInfo) => <Link key={page.path} href={page.path} aria-current={here(page.path)}>{page.title}</Link>;
  const first = places.length > shown + 1 ? places.slice(0, shown) : places;
  const rest = places.slice(first.length);

  return (
    <div className={open ? 'navigation open' : 'navigation'} ref={ref}>
      <button type="button" className="plain menu-button" aria-expanded={open} aria-controls="places" aria-label={t('Menu')} onClick={toggle}>
        <Icon name={open ? 'close' : 'menu'} />
      </button>
      <div id="places" className="places">
        <nav aria-label={t('Main')}>
          {first.map(link)}
          {rest.length > 0 ? <Menu className="more" button={<>{t('More')} <Icon name="down" /></>}>{rest.map(link)}</Menu> : null}
          {known && !user ? <Link href="/login" className="phone">{t('Log in')}</Link> : null}
        </nav>
      </div>
    </div>
  );
}
