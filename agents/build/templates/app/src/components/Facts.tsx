import { type Entity, readable, type Row } from '../../shared/entity';
import type { Field } from '../../shared/fields';
import { formatMoment } from '../lib/format';
import { useSession } from '../lib/session';
import { t } from '../lib/texts';
import { valueOf } from './Records';
import { Value } from './Value';

const long = new Set(['longtext', 'markdown']);

interface Props {
  entity: Entity;
  row: Row;
}

function filled({ entity, row }: Props, user: Parameters<typeof readable>[1]): [string, Field][] {
  return readable(entity, user).filter(([key]) => {
    const value = valueOf(row, key);
    return key !== entity.label && value !== null && value !== undefined && value !== '' && !(Array.isArray(value) && value.length === 0);
  });
}

/** Whether a record has texts to read, besides its facts. */
export const hasTexts = ({ entity, row }: Props) => Object.entries(entity.fields).some(([key, field]) => long.has(field.type) && key !== entity.label && Boolean(valueOf(row, key)));

/** What is known of a record, without its name, its texts and what `besides` names. */
export function Facts({ entity, row, besides = [] }: Props & { besides?: readonly (string | undefined)[] }) {
  const { user } = useSession();
  return (
    <dl className="facts card">
      {filled({ entity, row }, user).filter(([key, field]) => !long.has(field.type) && !besides.includes(key)).map(([key, field]) => (
        <div key={key}><dt>{field.title}</dt><dd><Value name={key} field={field} row={row} /></dd></div>
      ))}
      <div><dt>{t('Last changed')}</dt><dd><time dateTime={row.updated_at}>{formatMoment(row.updated_at)}</time></dd></div>
    </dl>
  );
}

/** The texts of a record. One alone has its title only for those who hear it, unless the name above it is a text as well. */
export function Texts({ entity, row }: Props) {
  const { user } = useSession();
  const texts = filled({ entity, row }, user).filter(([, field]) => long.has(field.type));
  const alone = texts.length === 1 && !long.has(entity.fields[entity.label]?.type ?? 'text');
  if (texts.length === 0) return null;
  return (
    <div className="texts">
      {texts.map(([key, field]) => (
        <section key={key}>
          <h2 className={alone ? 'unseen' : undefined}>{field.title}</h2>
          <Value name={key} field={field} row={row} />
        </section>
      ))}
    </div>
  );
}
