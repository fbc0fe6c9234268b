import { useEffect, useRef, useState } from 'react';
import { type Entity, type Page, reach, readable, type Row } from '../../shared/entity';
import type { Field } from '../../shared/fields';
import { links } from '../../shared/pages';
import { labelOf } from '../components/Cards';
import { LayoutSwitch, useLayout } from '../components/LayoutSwitch';
import { Empty, Loading, Problem } from '../components/Notice';
import { Pager } from '../components/Pager';
import { Records } from '../components/Records';
import { Tools as FeatureTools } from '../components/Slots';
import { Value } from '../components/Value';
import { columnsOf } from '../lib/columns';
import { humanise } from '../lib/format';
import { useLoad } from '../lib/load';
import { Link, navigate, usePlace } from '../lib/router';
import { useSession } from '../lib/session';

const unsortable = new Set(['json', 'references', 'tags', 'image', 'file', 'longtext', 'markdown']);
export function RecordList({ entity, title }: { entity: Entity; title: string }) {
  const { path, query } = usePlace();
  const { user } = useSession();
  const { data, error, reload } = useLoad<Page<Row>>(`/${entity.path}?${query}`);
  const looks = useLayout(entity);
  const link = links[entity.key];
  const fields = readable(entity, user);
  const mayCreate = link && reach(entity, 'create', user) !== 'none';
  const narrowed = [...query.keys()].some((key) => key !== 'page' && key !== 'sort');

  /** The list's state is its address: it can be sent to somebody, and "back" works. */
  function change(key: string, value: string) {
    const next = new URLSearchParams(location.search);
    if (key !== 'page') next.delete('page');
    if (value) next.set(key, value);
    else next.delete(key);
    navigate(next.size > 0 ? `${path}?${next}` : path, { replace: key !== 'page' });
  }

  return (
    <section aria-labelledby="title">
      <div className="heading">
        <h1 id="title">{title}</h1>
        <div className="actions">
          <LayoutSwitch {...looks} />
          <FeatureTools entity={entity} query={query} />
          {mayCreate ? <Link href={link.new} className="button">New {entity.title}</Link> : null}
        </div>
      </div>
      <Tools entity={entity} fields={fields} query={query} change={change} />
      {error ? <Problem>{error}</Problem> : !data ? <Loading /> : data.total === 0 ? (
        narrowed ? (
          <Empty title={`No ${entity.titlePlural.toLowerCase()} match.`}><Link href={path}>Show all</Link></Empty>
        ) : (
          <Empty title={`No ${entity.titlePlural.toLowerCase()} yet.`}>{mayCreate ? <Link href={link.new}>Add the first one</Link> : null}</Empty>
        )
      ) : (
        <>
          {looks.layout === 'table' ? <Table entity={entity} columns={columnsOf(entity, fields)} rows={data.items} label={fields.find(([key]) => key === entity.label)?.[1]?.title ?? 'Name'} /> : <Records entity={entity} rows={data.items} layout={looks.layout} reload={reload} />}
          <Pager page={data.page} pageSize={data.pageSize} total={data.total} change={(page) => change('page', page > 1 ? String(page) : '')} />
        </>
      )}
    </section>
  );
}

interface ToolsProps {
  entity: Entity;
  fields: [string, Field][];
  query: URLSearchParams;
  change: (key: string, value: string) => void;
}

function Tools({ entity, fields, query, change }: ToolsProps) {
  const choices = fields.filter(([, field]) => field.type === 'choice');
  const sorts = fields.filter(([, field]) => !unsortable.has(field.type));
  return (
    <search className="tools" aria-label={entity.titlePlural}>
      {entity.search.length > 0 ? <Search value={query.get('q') ?? ''} change={(value) => change('q', value)} /> : null}
      {choices.map(([key, field]) => (
        <label key={key}>
          <span>{field.title}</span>
          <select value={query.get(key) ?? ''} onChange={(event) => change(key, event.target.value)}>
            <option value="">All</option>
            {field.options?.map((option) => <option key={option} value={option}>{humanise(option)}</option>)}
          </select>
        </label>
      ))}
      <label>
        <span>Sort by</span>
        <select value={query.get('sort') ?? entity.sort} onChange={(event) => change('sort', event.target.value === entity.sort ? '' : event.target.value)}>
          <option value="-created_at">Newest first</option>
          <option value="created_at">Oldest first</option>
          {sorts.flatMap(([key, field]) => [
            <option key={key} value={key}>{field.title}, ascending</option>,
            <option key={`-${key}`} value={`-${key}`}>{field.title}, descending</option>,
          ])}
        </select>
      </label>
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
      <span>Search</span>
      <input type="search" value={text} onChange={(event) => type(event.target.value)} />
    </label>
  );
}

function Table({ entity, columns, rows, label }: { entity: Entity; columns: [string, Field][]; rows: Row[]; label: string }) {
  const link = links[entity.key];
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">{label}</th>
          {columns.map(([key, field]) => <th key={key} scope="col">{field.title}</th>)}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.id}>
            <td data-label={label} className="name">{link ? <Link href={link.detail(row.id)}>{labelOf(entity, row)}</Link> : labelOf(entity, row)}</td>
            {columns.map(([key, field]) => <td key={key} data-label={field.title}><Value name={key} field={field} row={row} brief /></td>)}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
