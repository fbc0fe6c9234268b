import { Link } from '../lib/router';
import { t } from '../lib/texts';

/** The way back to the start; the page itself is the heading below. */
export function Crumbs({ steps }: { steps: readonly { href: string; title: string }[] }) {
  return (
    <nav className="crumbs" aria-label={t('Breadcrumb')}>
      <ol>
        <li><Link href="/">{t('Start')}</Link></li>
        {steps.map(({ href, title }) => <li key={href}><Link href={href}>{title}</Link></li>)}
      </ol>
    </nav>
  );
}
