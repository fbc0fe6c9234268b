import { type Entity, reach, type User } from '../../shared/entity';
import { entityOf } from '../../shared/model';
import { links } from '../../shared/pages';
import { displayOf } from '../lib/display';
import { formatNumber, humanise } from '../lib/format';
import { labelText } from '../lib/label';
import type { Part } from '../lib/parts';
import { Link } from '../lib/router';
import { useSession } from '../lib/session';
import { t } from '../lib/texts';
import { Records } from './Records';

/** A part of the home page: some records of one entity, and the way to all of them. */
export function PartOfHome({ part }: { part: Part }) {
  const { user } = useSession();
  const { entity, layout, rows, total, reload } = part;
  const link = links[entity.key];
  const mayAdd = link && reach(entity, 'create', user) !== 'none';
  if (total === 0 && !mayAdd) return null;
  return (
    <section className="part" aria-labelledby={`part-${entity.key}`}>
      <div className="heading">
        <div>
          <p className="eyebrow">{layout === 'agenda' ? t('Coming up') : t('New')}</p>
          <h2 id={`part-${entity.key}`}>{entity.titlePlural}</h2>
        </div>
        {link && total > rows.length ? <Link href={link.list} className="all">{t('Show all {count}', { count: formatNumber(total) })}</Link> : null}
        {link && total > 0 && total <= rows.length ? <Link href={link.list} className="all">{t('Show all')}</Link> : null}
      </div>
      {total === 0 && mayAdd
        ? <div className="empty"><p className="empty-title">{t('Nothing here yet')}</p><Link href={link.new} className="button">{t('Add {title}', { title: entity.title })}</Link></div>
        : <Records entity={entity} rows={rows} layout={layout} level={3} reload={reload} />}
    </section>
  );
}

export interface Option {
  id: string;
  label: string | null;
}

/** What the records of an entity are filed under, as links to those under each; `named` is what `topicsPath` answers. */
export function Topics({ entity, named }: { entity: Entity; named: readonly Option[] | null }) {
  const { user } = useSession();
  const { topic } = displayOf(entity, user);
  const field = entity.fields[topic ?? ''];
  const target = field?.target ? entityOf(field.target) : undefined;
  const link = links[entity.key];
  const options = target ? (named ?? []).map(({ id, label }) => ({ value: id, title: label === null ? t('Without a name') : labelText(target, label) })) : (field?.options ?? []).map((value) => ({ value, title: humanise(value) }));
  if (!link || topic === undefined || options.length < 2) return null;
  return (
    <nav className="topics" aria-label={field?.title}>
      {options.slice(0, 12).map(({ value, title }) => <Link key={value} href={`${link.list}?${topic}=${encodeURIComponent(value)}`}>{title}</Link>)}
    </nav>
  );
}

/** Where the names of the topics come from; null when they are known or not for the reader. */
export function topicsPath(entity: Entity | undefined, user: User | null): string | null {
  const field = entity && entity.fields[displayOf(entity, user).topic ?? ''];
  const target = field?.target ? entityOf(field.target) : undefined;
  return target && reach(target, 'list', user) !== 'none' ? `/${target.path}/options` : null;
}
