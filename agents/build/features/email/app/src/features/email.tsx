import { useState } from 'react';
import { Loading, Problem } from '../components/Notice';
import type { ClientFeature, PageProps } from '../feature';
import { call, messageOf } from '../lib/api';
import { useLoad } from '../lib/load';
import { t } from '../lib/texts';

/** Whether the reader wants news by e-mail. */
function EmailNews({ page }: PageProps) {
  const { data, error, reload } = useLoad<{ wanted: boolean }>('/app/email');
  const [problem, setProblem] = useState('');

  async function choose(wanted: boolean) {
    try {
      await call('/app/email', { method: 'PATCH', body: { wanted } });
      setProblem('');
    } catch (thrown) {
      setProblem(messageOf(thrown));
    }
    reload();
  }

  if (error) return <Problem>{error}</Problem>;
  if (!data) return <Loading />;
  return (
    <section className="narrow">
      <h1>{page.title}</h1>
      {problem ? <Problem>{problem}</Problem> : null}
      <p className="card">{data.wanted ? t('News goes to the address of your account.') : t('You get no news by e-mail.')}</p>
      <p className="actions"><button type="button" onClick={() => void choose(!data.wanted)}>{data.wanted ? t('Send no more e-mail') : t('Send news by e-mail')}</button></p>
    </section>
  );
}

/** News by e-mail. */
export const feature: ClientFeature = { pages: { email: EmailNews } };
