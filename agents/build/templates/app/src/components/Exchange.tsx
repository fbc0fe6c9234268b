import { type Entity, reach } from '../../shared/entity';
import { links } from '../../shared/pages';
import { Link } from '../lib/router';
import { useSession } from '../lib/session';
import { t } from '../lib/texts';

/** A list as a file, and a file into the list: for those who work with the app. */
export function Exchange({ entity, query }: { entity: Entity; query: URLSearchParams }) {
  const { user } = useSession();
  const link = links[entity.key];
  if (!user) return null;
  const narrowed = new URLSearchParams([...query, ['_mark', '1']]);
  return (
    <>
      <a href={`/api/${entity.path}/export.csv?${narrowed}`} download className="button quiet">{t('Export')}</a>
      {link && reach(entity, 'create', user) !== 'none' ? <Link href={`${link.list}/import`} className="button quiet">{t('Import')}</Link> : null}
    </>
  );
}
