import './HeaderIcon.css';
import { Link } from '../lib/router';
import { t } from '../lib/texts';

/** A number that need not be exact when it is large. */
export const countOf = (unread: number) => (unread > 99 ? '99+' : String(unread));

interface Props {
  href: string;
  title: string;
  unread: number;
  /** What the icon's lines are, in a square of 24. */
  lines: string;
}

/** A link in the header with the number of what is new behind it. */
export const HeaderIcon = ({ href, title, unread, lines }: Props) => (
  <Link href={href} className="header-icon" aria-label={unread > 0 ? t('{title}, {count} unread', { title, count: countOf(unread) }) : title}>
    <svg aria-hidden="true" viewBox="0 0 24 24"><path d={lines} /></svg>
    {unread > 0 ? <span className="unread" aria-hidden="true">{countOf(unread)}</span> : null}
  </Link>
);
