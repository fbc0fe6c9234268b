import { type Entity, type Page, reach, readable, type Row } from '../../shared/entity';
import type { Field } from '../../shared/fields';
import { links } from '../../shared/pages';
import { labelOf } from '../components/Cards';
import { Exchange } from '../components/Exchange';
import { LayoutSwitch, useLayout } from '../components/LayoutSwitch';
import { ListTools } from '../components/ListTools';
import { Empty, Loading, Problem } from '../components/Notice';
import { Pager } from '../components/Pager';
import { Records } from '../components/Records';
import { Tools as FeatureTools } from '../components/Slots';
import { Value } from '../components/Value';
import { columnsOf, isSortable } from '../lib/columns';
import { useLoad } from '../lib/load';
import { Link, navigate, usePlace } from '../lib/router';
import { useSession } from '../lib/session';
import { t } from '../lib/texts';

export function RecordList({ entity, title }: { entity: Entity; title: string }) {
  const { path, query } = usePlace();
  const { user } = useSession();
  const { data, error, reload } = useLoad<Page<Row>>(`/${entity.path}?${query}`);
  const looks = useLayout(entity);
  const link = links[entity.key];
  const fields = readable(entity, user);
  const mayCreate = link && reach(entity, 'create', user) !== 'none';
  const narrowed = [...query.keys()].some((key) => !['page', 'pageSize', 'sort'].includes(key));

  /** The list's state is its address: it can be sent to somebody, and "back" works. */
  function change(key: string, value: string | readonly string[]) {
    const next = new URLSearchParams(location.search);
    if (key !== 'page') next.delete('page');
    next.delete(key);
    for (const each of [value].flat()) if (each) next.append(key, each);
    navigate(next.size > 0 ? `${path}?${next}` : path, { replace: key !== 'page' });
  }

  return (
    <section aria-labelledby="title">
      <div className="heading">
        <h1 id="title">{title}</h1>
        <div className="actions">
          <LayoutSwitch {...looks} />
          <Exchange entity={entity} query={query} />
          <FeatureTools entity={entity} query={query} />
          {mayCreate ? <Link href={link.new} className="button">{t('New {title}', { title: entity.title })}</Link> : null}
        </div>
      </div>
      <ListTools entity={entity} fields={fields} query={query} change={change} />
      {error ? <Problem>{error}</Problem> : !data ? <Loading /> : data.total === 0 ? (
        narrowed ? (
          <Empty title={t('No {titles} match.', { titles: entity.titlePlural })}><Link href={path}>{t('Show all')}</Link></Empty>
        ) : (
          <Empty title={t('No {titles} yet.', { titles: entity.titlePlural })}>{mayCreate ? <Link href={link.new} className="button">{t('Add the first one')}</Link> : null}</Empty>
        )
      ) : (
        <>
          {looks.layout === 'table' ? (
            <Table entity={entity} columns={columnsOf(entity, fields)} rows={data.items} label={fields.find(([key]) => key === entity.label)?.[1]?.title ?? t('Name')} sort={query.get('sort') ?? entity.sort} change={change} />
          ) : <Records entity={entity} rows={data.items} layout={looks.layout} reload={reload} />}
          <Pager page={data.page} pageSize={data.pageSize} total={data.total} change={(page) => change('page', page > 1 ? String(page) : '')} resize={(size) => change('pageSize', size === 20 ? '' : String(size))} />
        </>
      )}
    </section>
  );
}

interface TableProps {
  entity: Entity;
  columns: [string, Field][];
  rows: Row[];
  label: string;
  sort: string;
  change: (key: string, value: string) => void;
}

function Table({ entity, columns, rows, label, sort, change }: TableProps) {
  const link = links[entity.key];
  const heading = (key: string, title: string) => <Heading key={key} name={key} title={title} field={entity.fields[key]} sort={sort} change={(wanted) => change('sort', wanted === entity.sort ? '' : wanted)} />;
  return (
    <table>
      <thead>
        <tr>
          {heading(entity.label, label)}
          {columns.map(([key, field]) => heading(key, field.title))}
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

/** A column's heading: pressed, the list is in its order, and pressed again in the opposite one. */
function Heading({ name, title, field, sort, change }: { name: string; title: string; field: Field | undefined; sort: string; change: (sort: string) => void }) {
  if (!field || !isSortable(field)) return <th scope="col">{title}</th>;
  const direction = sort === name ? 'ascending' : sort === `-${name}` ? 'descending' : 'none';
  return <th scope="col" aria-sort={direction}><button type="button" className="sort" onClick={() => change(direction === 'ascending' ? `-${name}` : name)}>{title}</button></th>;
}
