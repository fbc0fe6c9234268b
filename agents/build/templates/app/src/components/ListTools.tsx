import { useEffect, useRef, useState } from 'react';
import type { Entity } from '../../shared/entity';
import type { Field } from '../../shared/fields';
import { isSortable } from '../lib/columns';
import { t } from '../lib/texts';
import { Filters } from './Filters';
import { sortsOf } from './Slots';

export interface ListToolsProps {
  entity: Entity;
  /** The fields that the reader may see. */
  fields: [string, Field][];
  query: URLSearchParams;
  /** Changes a parameter of the address; "" and [] take it out. */
  change: (key: string, value: string | readonly string[]) => void;
}

/** Search, order and filters of a list. */
export function ListTools({ entity, fields, query, change }: ListToolsProps) {
  const sorts = [...sortsOf(entity).map(({ key, title }) => [key, title] as const), ...fields.filter(([, field]) => isSortable(field)).map(([key, field]) => [key, field.title] as const)];
  return (
    <search className="tools" aria-label={entity.titlePlural}>
      {entity.search.length > 0 ? <Search value={query.get('q') ?? ''} change={(value) => change('q', value)} /> : null}
      <label>
        <span>{t('Sort by')}</span>
        <select value={query.get('sort') ?? entity.sort} onChange={(event) => change('sort', event.target.value === entity.sort ? '' : event.target.value)}>
          <option value="-created_at">{t('Newest first')}</option>
          <option value="created_at">{t('Oldest first')}</option>
          {sorts.flatMap(([key, title]) => [
            <option key={key} value={key}>{t('{title}, ascending', { title })}</option>,
            <option key={`-${key}`} value={`-${key}`}>{t('{title}, descending', { title })}</option>,
          ])}
        </select>
      </label>
      <Filters fields={fields} query={query} change={change} />
    </search>
  );
}

/** Asks when the reader pauses. */
function Search({ value, change }: { value: string; change: (value: string) => void }) {
  const [text, setText] = useState(value);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const sent = useRef(value);
  useEffect(() => {
    // The address changed by other means, such as "Show all".
    if (value !== sent.current) setText(value);
    sent.current = value;
  }, [value]);
  useEffect(() => () => clearTimeout(timer.current), []);

  function type(next: string) {
    setText(next);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      sent.current = next.trim();
      change(next.trim());
    }, 250);
  }

  return (
    <label className="search">
      <span>{t('Search')}</span>
      <input type="search" value={text} onChange={(event) => type(event.target.value)} />
    </label>
  );
}
