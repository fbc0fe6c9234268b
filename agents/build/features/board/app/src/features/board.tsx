import './board.css';
import { type DragEvent, useEffect, useRef, useState } from 'react';
import { type Entity, reach, readable, type Row } from '../../shared/entity';
import { boards } from '../../shared/features/boards';
import { type Column, moved, movesOf, replaced, shown } from '../../shared/features/board';
import { entityOf } from '../../shared/model';
import { links } from '../../shared/pages';
import { labelOf } from '../components/Cards';
import { Loading, Problem } from '../components/Notice';
import { Value } from '../components/Value';
import type { ClientFeature, PageProps } from '../feature';
import { ApiError, call, messageOf } from '../lib/api';
import { formatNumber, humanise } from '../lib/format';
import { useLoad } from '../lib/load';
import { Link, navigate, usePlace } from '../lib/router';
import { useSession } from '../lib/session';
import { t } from '../lib/texts';

const words = (value: string | null) => (value === null ? t('Without one') : humanise(value));

function Board({ page }: PageProps) {
  const { path, query } = usePlace();
  const { user } = useSession();
  const board = boards[page.path];
  const entity = entityOf(board?.entity);
  const field = board?.field ?? '';
  const { data, error } = useLoad<Column[]>(`/app/board/${entity.key}?${query}`);
  const link = links[entity.key];
  return (
    <section aria-labelledby="title">
      <div className="heading">
        <h1 id="title">{page.title}</h1>
        {link && reach(entity, 'create', user) !== 'none' ? <Link href={link.new} className="button">{t('New {title}', { title: entity.title })}</Link> : null}
      </div>
      {entity.search.length > 0 ? (
        <search className="tools">
          <form className="search" onSubmit={(event) => {
            event.preventDefault();
            const q = String(new FormData(event.currentTarget).get('q') ?? '').trim();
            navigate(q ? `${path}?q=${encodeURIComponent(q)}` : path, { replace: true });
          }}>
            <label htmlFor="board-search">{t('Search')}</label>
            <input id="board-search" type="search" name="q" defaultValue={query.get('q') ?? ''} />
          </form>
        </search>
      ) : null}
      {error ? <Problem>{error}</Problem> : data ? <Columns entity={entity} field={field} start={data} /> : <Loading />}
    </section>
  );
}

interface ColumnsProps {
  entity: Entity;
  field: string;
  start: Column[];
}

function Columns({ entity, field, start }: ColumnsProps) {
  const { user } = useSession();
  const [asked, setAsked] = useState(start);
  const [columns, setColumns] = useState(start);
  const [busy, setBusy] = useState<ReadonlySet<string>>(new Set());
  const [held, setHeld] = useState<Row | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [news, setNews] = useState('');
  const focus = useRef<string>(undefined);
  const open = held ? movesOf(entity, field, held, user) : [];

  if (asked !== start) {
    setAsked(start);
    setColumns(start);
  }
  useEffect(() => {
    // A card in another column is a new element: the focus follows it.
    if (focus.current && !busy.has(focus.current)) {
      const card = document.getElementById(`card-${focus.current}`);
      (card?.querySelector<HTMLElement>('select') ?? card?.querySelector<HTMLElement>('a'))?.focus();
      focus.current = undefined;
    }
  }, [columns, busy]);

  /** Shows the move at once; takes it back, with the reason, when the server refuses. */
  async function move(row: Row, to: string) {
    const from = (row[field] ?? null) as string | null;
    const values = { title: labelOf(entity, row), state: words(to) };
    setProblem(null);
    setBusy((ids) => new Set([...ids, row.id]));
    setColumns((now) => moved(now, field, row, to));
    try {
      const saved = await call<Row>(`/${entity.path}/${row.id}`, { method: 'PATCH', body: { [field]: to } });
      setColumns((now) => replaced(now, saved));
      setNews(t('“{title}” is now: {state}', values));
    } catch (thrown) {
      setColumns((now) => moved(now, field, row, from));
      const reason = (thrown instanceof ApiError && Object.values(thrown.errors)[0]) || messageOf(thrown);
      setProblem(t('“{title}” stays where it was: {reason}', { ...values, reason }));
    } finally {
      setBusy((ids) => new Set([...ids].filter((id) => id !== row.id)));
    }
  }

  const drop = (to: string | null) => ({
    onDragOver: (event: DragEvent) => {
      if (to !== null && open.includes(to)) event.preventDefault();
    },
    onDrop: (event: DragEvent) => {
      event.preventDefault();
      if (held && to !== null && open.includes(to)) void move(held, to);
      setHeld(null);
    },
  });

  return (
    <>
      {problem ? <Problem>{problem}</Problem> : null}
      <output className="unseen">{news}</output>
      <section className="board" aria-label={t('Columns')}>
        {columns.map(({ value, total, items }) => (
          <section key={String(value)} className={`board-column${value !== null && open.includes(value) ? ' board-open' : ''}`} aria-label={words(value)} {...drop(value)}>
            <h2>{words(value)} <span className="badge">{formatNumber(total)}</span></h2>
            <ul>
              {items.map((row) => (
                <Card
                  key={row.id} entity={entity} field={field} row={row} busy={busy.has(row.id)} moves={movesOf(entity, field, row, user)}
                  hold={setHeld}
                  move={(to) => {
                    focus.current = row.id;
                    void move(row, to);
                  }}
                />
              ))}
            </ul>
            {total === 0 ? <p className="muted">{t('Nothing here')}</p> : null}
            {total > shown && links[entity.key] ? <Link href={`${links[entity.key]?.list}?${field}=${encodeURIComponent(value ?? '')}`}>{t('Show all {count}', { count: formatNumber(total) })}</Link> : null}
          </section>
        ))}
      </section>
    </>
  );
}

interface CardProps {
  entity: Entity;
  field: string;
  row: Row;
  busy: boolean;
  moves: string[];
  hold: (row: Row | null) => void;
  move: (to: string) => void;
}

const telling = new Set(['reference', 'date', 'datetime', 'money', 'tags', 'rating']);

function Card({ entity, field, row, busy, moves, hold, move }: CardProps) {
  const { user } = useSession();
  const link = links[entity.key];
  const title = labelOf(entity, row);
  const filled = (key: string) => ![null, undefined, ''].includes(row[key] as never) && String(row[key]) !== '';
  const facts = readable(entity, user).filter(([key, each]) => telling.has(each.type) && key !== field && key !== entity.label && filled(key));
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- the menu does the same by keyboard
    <li
      id={`card-${row.id}`} className="board-card" aria-busy={busy} draggable={moves.length > 0 && !busy}
      onDragStart={(event) => {
        event.dataTransfer.setData('text/plain', row.id);
        event.dataTransfer.effectAllowed = 'move';
        hold(row);
      }}
      onDragEnd={() => hold(null)}
    >
      <p className="name">{link ? <Link href={link.detail(row.id)} draggable={false}>{title}</Link> : title}</p>
      {facts.slice(0, 3).map(([key, each]) => <p key={key} className="board-fact"><span className="muted">{each.title}</span> <Value name={key} field={each} row={row} brief /></p>)}
      {moves.length > 0 ? (
        <select aria-label={t('Move “{title}”', { title })} value="" disabled={busy} onChange={(event) => move(event.target.value)}>
          <option value="">{t('Move to …')}</option>
          {moves.map((to) => <option key={to} value={to}>{words(to)}</option>)}
        </select>
      ) : null}
    </li>
  );
}

/** Records by their state. */
export const feature: ClientFeature = { pages: { board: Board } };
