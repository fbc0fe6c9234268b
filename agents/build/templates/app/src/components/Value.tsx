import type { Row } from '../../shared/entity';
import type { Field } from '../../shared/fields';
import { formatDay, formatMinutes, formatMoment, formatMoney, formatNumber, humanise } from '../lib/format';
import { labelText } from '../lib/label';
import { excerpt } from '../lib/display';
import { Markdown } from '../lib/markdown';
import { Link } from '../lib/router';
import { t } from '../lib/texts';
import { entityOf } from '../../shared/model';
import { links } from '../../shared/pages';

interface Props {
  name: string;
  field: Field;
  row: Row;
  /** In a list: one line, no pictures at full size, no links. */
  brief?: boolean;
}

/** A value as people read it. */
export function Value({ name, field, row, brief = false }: Props) {
  const value = row[name];
  if (value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0)) {
    return <span className="muted"><span aria-hidden="true">–</span><span className="unseen">{t('empty')}</span></span>;
  }
  const text = String(value);
  switch (field.type) {
    case 'boolean': return <>{value === true ? t('Yes') : t('No')}</>;
    case 'money': return <>{formatMoney(Number(value))}</>;
    case 'integer':
    case 'decimal': return <>{formatNumber(Number(value))}</>;
    case 'duration': return <>{formatMinutes(Number(value))}</>;
    case 'rating': return <Stars value={Number(value)} of={field.max ?? 5} />;
    case 'date': return <time dateTime={text}>{formatDay(text)}</time>;
    case 'datetime': return <time dateTime={text}>{formatMoment(text)}</time>;
    case 'choice': return <span className="badge">{humanise(text)}</span>;
    case 'tags': return <span className="badges">{(value as unknown as string[]).map((tag) => <span key={tag} className="badge">{tag}</span>)}</span>;
    case 'color': return <span className="colour"><svg aria-hidden="true" viewBox="0 0 1 1"><rect width="1" height="1" fill={text} /></svg>{text}</span>;
    case 'json': return <code>{JSON.stringify(value)}</code>;
    case 'image': return <img src={text} alt={field.title} className={brief ? 'thumb' : 'picture'} loading="lazy" />;
    case 'reference': return <Reference target={field.target} id={text} label={row._labels[name] as string | null} brief={brief} />;
    case 'references': return <References target={field.target} items={row._labels[name] as { id: string; label: string }[]} brief={brief} />;
    case 'markdown': return brief ? <>{excerpt(text, 90)}</> : <Markdown text={text} />;
    case 'longtext': return brief ? <>{text.length > 90 ? `${text.slice(0, 90)}…` : text}</> : <p className="prose">{text}</p>;
    case 'email': return brief ? <>{text}</> : <a href={`mailto:${encodeURIComponent(text).replaceAll('%40', '@')}`}>{text}</a>;
    case 'phone': return brief ? <>{text}</> : <a href={`tel:${text.replaceAll(/[^+\d]/g, '')}`}>{text}</a>;
    case 'url':
    case 'file': return brief ? <>{text}</> : <a href={text} rel="noopener noreferrer" target="_blank">{text}</a>;
    default: return <>{text}</>;
  }
}

const Stars = ({ value, of }: { value: number; of: number }) => (
  <span className="stars" title={t('{value} of {of}', { value, of })}>
    {of <= 10 ? <span aria-hidden="true">{'★'.repeat(Math.max(0, value)) + '☆'.repeat(Math.max(0, of - value))}</span> : null}
    <span className={of <= 10 ? 'unseen' : undefined}>{t('{value} of {of}', { value, of })}</span>
  </span>
);

function Reference({ target = '', id, label, brief }: { target: string | undefined; id: string; label: string | null; brief: boolean }) {
  const name = label === null ? t('Not visible to you') : labelText(entityOf(target), label);
  const link = links[target];
  return brief || label === null || !link ? <>{name}</> : <Link href={link.detail(id)}>{name}</Link>;
}

function References({ target, items, brief }: { target: string | undefined; items: { id: string; label: string }[]; brief: boolean }) {
  return (
    <span className="badges">
      {items.map((item) => <span key={item.id} className="badge"><Reference target={target} id={item.id} label={item.label} brief={brief} /></span>)}
    </span>
  );
}
