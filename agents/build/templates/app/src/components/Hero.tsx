import { type FormEvent, type ReactNode, useId } from 'react';
import { app } from '../../shared/app';
import type { Entity, Row } from '../../shared/entity';
import { links } from '../../shared/pages';
import { displayOf } from '../lib/display';
import { Link, navigate } from '../lib/router';
import { useSession } from '../lib/session';
import { t } from '../lib/texts';
import { labelOf } from './Cards';
import { Icon } from './Icon';
import { Picture } from './Picture';
import { valueOf } from './Records';

interface Props {
  title: string;
  /** What the app is about, for its search and its picture. */
  main: Entity | undefined;
  /** Its records, those to show first at the front. */
  rows: readonly Row[];
  children?: ReactNode;
}

/** The head of the home page: what the app is, a search, and a picture where records have some. */
export function Hero({ title, main, rows, children }: Props) {
  const { user } = useSession();
  const picture = main && displayOf(main, user).picture;
  const row = picture ? rows.find((each) => valueOf(each, picture)) : undefined;
  const link = main && links[main.key];
  return (
    <section className={picture ? 'hero pictured' : 'hero'}>
      <div className="pitch">
        <h1>{title}</h1>
        {app.description ? <p className="lead">{app.description}</p> : null}
        {main && main.search.length > 0 ? <Search entity={main} /> : null}
        <div className="actions">{children}</div>
      </div>
      {main && picture ? (
        <div className="show">
          {row && link ? (
            <Link href={link.detail(row.id)}><Picture src={valueOf(row, picture)} name={labelOf(main, row)} eager /><span>{labelOf(main, row)}</span></Link>
          ) : <div className="frame" />}
        </div>
      ) : null}
    </section>
  );
}

function Search({ entity }: { entity: Entity }) {
  const id = useId();
  const link = links[entity.key];
  if (!link) return null;

  function find(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const words = String(new FormData(event.currentTarget).get('q') ?? '').trim();
    navigate(words ? `${link?.list}?q=${encodeURIComponent(words)}` : (link?.list ?? '/'));
  }

  return (
    <search>
      <form className="find" onSubmit={find}>
        <label htmlFor={id} className="unseen">{t('Search in {titles}', { titles: entity.titlePlural })}</label>
        <input id={id} name="q" type="search" placeholder={t('Search in {titles}', { titles: entity.titlePlural })} />
        <button type="submit" aria-label={t('Search')}><Icon name="search" /></button>
      </form>
    </search>
  );
}
