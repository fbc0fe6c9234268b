import { reach } from '../../shared/entity';
import { fed } from '../../shared/features/feed';
import { entityOf } from '../../shared/model';
import { links } from '../../shared/pages';
import { Empty } from '../components/Notice';
import { Stream } from '../components/Stream';
import type { ClientFeature, PageProps } from '../feature';
import { Link } from '../lib/router';
import { useSession } from '../lib/session';
import { t } from '../lib/texts';

function Feed({ page }: PageProps) {
  const { user } = useSession();
  const created = fed.map(entityOf).filter((entity) => links[entity.key] && reach(entity, 'create', user) !== 'none');
  return (
    <section>
      <div className="heading">
        <h1>{page.title}</h1>
        <div className="actions">
          {created.map((entity) => <Link key={entity.key} href={links[entity.key]?.new ?? '/'} className="button">{t('New {title}', { title: entity.title })}</Link>)}
        </div>
      </div>
      <Stream path="/app/feed"><Empty title={t('Nothing new yet.')} /></Stream>
    </section>
  );
}

/** New records of the people one follows, or of all. */
export const feature: ClientFeature = { pages: { feed: Feed } };
