import { type FormEvent, useState } from 'react';
import { type Entity, writable } from '../../shared/entity';
import { mostBytes, mostLines } from '../../shared/csv';
import { links } from '../../shared/pages';
import { Problem } from '../components/Notice';
import { call, messageOf } from '../lib/api';
import { formatNumber } from '../lib/format';
import { Link, navigate } from '../lib/router';
import { useSession } from '../lib/session';
import { t } from '../lib/texts';

interface Report {
  rows: number;
  ignored: string[];
  wrong: { line: number; column: string; message: string }[];
  wrongTotal: number;
}

/** Takes records in from a file: tries them first, then makes all of them or none. */
export function RecordImport({ entity }: { entity: Entity }) {
  const { user } = useSession();
  const [file, setFile] = useState<Blob | null>(null);
  const [report, setReport] = useState<Report | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const back = links[entity.key]?.list ?? '/';
  const fields = writable(entity, user);

  async function send(dryRun: boolean) {
    if (!file) return setProblem(t('Choose a file first'));
    setBusy(true);
    setProblem(null);
    try {
      const found = await call<Report>(`/${entity.path}/import${dryRun ? '?dryRun=1' : ''}`, { method: 'POST', file });
      if (dryRun) setReport(found);
      else navigate(back);
    } catch (thrown) {
      setProblem(messageOf(thrown));
      setReport(null);
    }
    setBusy(false);
  }

  /** The content is read at once: whoever corrects the file chooses it again, and nothing else is sent. */
  async function choose(chosen: File | undefined) {
    setReport(null);
    setFile(null);
    setProblem(chosen && chosen.size > mostBytes ? t('The file is larger than {size} MB', { size: mostBytes / 1024 / 1024 }) : null);
    if (chosen && chosen.size <= mostBytes) setFile(new Blob([await chosen.arrayBuffer()]));
  }

  function submit(event: FormEvent) {
    event.preventDefault();
    void send(report === null || report.wrongTotal > 0);
  }

  const ready = report !== null && report.wrongTotal === 0 && report.rows > 0;
  return (
    <section className="narrow">
      <Link href={back} className="back">{entity.titlePlural}</Link>
      <h1>{t('Import {titles}', { titles: entity.titlePlural })}</h1>
      <form className="card form" onSubmit={submit} noValidate>
        {problem ? <Problem>{problem}</Problem> : null}
        <div className="control">
          <label htmlFor="file">{t('CSV file')}</label>
          <input id="file" type="file" accept=".csv,text/csv" aria-describedby="file-help" onClick={({ currentTarget }) => {
            // Else the same file could not be chosen twice.
            currentTarget.value = '';
          }} onChange={({ target }) => void choose(target.files?.[0])} />
          <p id="file-help" className="help">{t('Up to {lines} lines. The first line names the fields: {fields}. Others are referred to by name or id. Each line becomes a new record.', { lines: formatNumber(mostLines), fields: fields.map(([, field]) => field.title).join(', ') })}</p>
        </div>
        {report ? <Found report={report} /> : null}
        <div className="actions">
          <button type="submit" disabled={busy || !file}>{ready ? t('Import {count}', { count: formatNumber(report.rows) }) : t('Check the file')}</button>
          <Link href={back} className="button quiet">{t('Cancel')}</Link>
        </div>
      </form>
    </section>
  );
}

function Found({ report: { rows, ignored, wrong, wrongTotal } }: { report: Report }) {
  return (
    <>
      <output>{wrongTotal === 0 ? t('{count} lines can be imported. Nothing has been changed yet.', { count: formatNumber(rows) }) : t('{count} mistakes: nothing can be imported until they are corrected.', { count: formatNumber(wrongTotal) })}</output>
      {ignored.length > 0 ? <p className="help">{t('Not imported, as the app fills them: {columns}', { columns: ignored.join(', ') })}</p> : null}
      {wrong.length > 0 ? (
        <table>
          <thead><tr><th scope="col">{t('Line')}</th><th scope="col">{t('Column')}</th><th scope="col">{t('What is wrong')}</th></tr></thead>
          <tbody>
            {wrong.map(({ line, column, message }) => (
              <tr key={`${line} ${column} ${message}`}><td data-label={t('Line')}>{line}</td><td data-label={t('Column')}>{column}</td><td data-label={t('What is wrong')}>{message}</td></tr>
            ))}
          </tbody>
        </table>
      ) : null}
    </>
  );
}
