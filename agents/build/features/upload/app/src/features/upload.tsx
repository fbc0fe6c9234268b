import './upload.css';
import { type ChangeEvent, useState } from 'react';
import { Empty, Loading, Problem } from '../components/Notice';
import type { ClientFeature, InputProps } from '../feature';
import { call, messageOf } from '../lib/api';
import { formatMoment, formatNumber } from '../lib/format';
import { useLoad } from '../lib/load';
import { useSession } from '../lib/session';
import { t } from '../lib/texts';

const nameOf = (address: string) => decodeURIComponent(address.split('/').at(-1) ?? address);

/** Sends the file at once; the form holds its address. Guests give the address of one elsewhere. */
function Upload({ field, value, common }: InputProps) {
  const { user } = useSession();
  const { id, name, 'aria-required': _, ...described } = common;
  const [address, setAddress] = useState(value);
  const [state, setState] = useState<{ busy: boolean; problem: string | null }>({ busy: false, problem: null });

  async function choose(event: ChangeEvent<HTMLInputElement>) {
    const file = event.target.files?.[0];
    if (!file) return;
    setState({ busy: true, problem: null });
    try {
      const saved = await call<{ path: string }>(`/app/upload?name=${encodeURIComponent(file.name)}`, { method: 'POST', file, type: 'application/octet-stream' });
      setAddress(saved.path);
      setState({ busy: false, problem: null });
    } catch (thrown) {
      setState({ busy: false, problem: messageOf(thrown) });
    }
  }

  if (!user) return <input type="url" id={id} name={name} defaultValue={value} placeholder="https://" autoComplete="off" {...described} />;
  return (
    <div className="upload">
      {address !== '' && field.type === 'image' ? <img src={address} alt={t('Chosen: {name}', { name: nameOf(address) })} /> : null}
      <input type="hidden" name={name} value={address} />
      <input type="file" id={id} accept={field.type === 'image' ? 'image/png,image/jpeg,image/gif,image/webp,image/avif' : undefined} onChange={(event) => void choose(event)} {...described} />
      <output className="help">{state.busy ? t('Uploading…') : address === '' ? t('Up to 5 MB') : t('Chosen: {name}', { name: nameOf(address) })}</output>
      {address === '' ? null : <button type="button" className="quiet small" onClick={() => setAddress('')}>{t('Remove')}</button>}
      {state.problem ? <Problem>{state.problem}</Problem> : null}
    </div>
  );
}

interface Kept {
  id: string;
  name: string;
  path: string;
  size: number;
  created_at: string;
}

/** What somebody has uploaded, to look at and to delete. */
function Files() {
  const { data, error, reload } = useLoad<Kept[]>('/app/upload');
  const [problem, setProblem] = useState<string | null>(null);

  async function remove(file: Kept) {
    try {
      await call(`/app/upload/${file.id}`, { method: 'DELETE' });
      setProblem(null);
    } catch (thrown) {
      setProblem(messageOf(thrown));
    }
    reload();
  }

  return (
    <section>
      <h1>{t('My files')}</h1>
      {error ?? problem ? <Problem>{error ?? problem}</Problem> : null}
      {!data ? <Loading /> : data.length === 0 ? <Empty title={t('You have not uploaded anything yet.')} /> : (
        <ul className="files card">
          {data.map((file) => (
            <li key={file.id}>
              <a href={file.path}>{file.name}</a>
              <span className="muted">{t('{size} kB', { size: formatNumber(Math.ceil(file.size / 1024)) })} · <time dateTime={file.created_at}>{formatMoment(file.created_at)}</time></span>
              <button type="button" className="quiet small danger" aria-label={t('Delete {name}', { name: file.name })} onClick={() => void remove(file)}>{t('Delete')}</button>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

/** Pictures and files. */
export const feature: ClientFeature = { inputs: { image: Upload, file: Upload }, pages: { files: Files } };
