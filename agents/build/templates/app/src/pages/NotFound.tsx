import { Empty } from '../components/Notice';
import { Link } from '../lib/router';
import { t } from '../lib/texts';

export const NotFound = () => (
  <>
    <h1>{t('Not found')}</h1>
    <Empty title={t('There is nothing at this address.')}><Link href="/" className="button">{t('Go to the start')}</Link></Empty>
  </>
);
