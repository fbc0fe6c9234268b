import './calendar.css';
import { type KeyboardEvent, useEffect, useRef } from 'react';
import { locale } from '../../shared/app';
import { type Entity, reach } from '../../shared/entity';
import { type Calendar, dateOf, dayOf, type Entry, isOn, monthDays, most, plus, plusMonths, weekOf } from '../../shared/features/calendar';
import { calendars } from '../../shared/features/calendars';
import { entityOf } from '../../shared/model';
import { links } from '../../shared/pages';
import { Problem } from '../components/Notice';
import type { ClientFeature, PageProps } from '../feature';
import { useLoad } from '../lib/load';
import { Link, navigate, usePlace } from '../lib/router';
import { useSession } from '../lib/session';
import { t, tn } from '../lib/texts';

const format = (options: Intl.DateTimeFormatOptions) => {
  const made = new Intl.DateTimeFormat(locale, options);
  return (date: Date) => made.format(date);
};
const monthName = format({ month: 'long', year: 'numeric' });
const dayName = format({ weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });
const weekday = format({ weekday: 'short' });
const clock = format({ timeStyle: 'short' });
const shortDay = format({ day: 'numeric', month: 'short', year: 'numeric' });

/** 1 for Monday to 7 for Sunday, as the language of the app has it. */
const firstDay = (new Intl.Locale(locale) as { getWeekInfo?: () => { firstDay: number } }).getWeekInfo?.().firstDay ?? 1;

interface Shown {
  entity: Entity;
  calendar: Calendar;
  moments: boolean;
  entries: Entry[];
}

function CalendarPage({ page }: PageProps) {
  const { path, query } = usePlace();
  const calendar = calendars[page.path] ?? { entity: '', start: '' };
  const entity = entityOf(calendar.entity);
  const moments = entity.fields[calendar.start]?.type === 'datetime';
  const view = query.get('view') === 'week' ? 'week' : 'month';
  const day = dateOf(query.get('day'));
  const days = view === 'month' ? monthDays(day, firstDay) : Array.from({ length: 7 }, (_, index) => plus(weekOf(day, firstDay), index));
  const [from, to] = [days[0] ?? day, plus(days.at(-1) ?? day, 1)].map((date) => (moments ? date.toISOString() : dayOf(date)));
  const { data, error } = useLoad<Entry[]>(`/app/calendar/${Object.keys(calendars).indexOf(page.path)}?from=${from}&to=${to}`);
  const shown: Shown = { entity, calendar, moments, entries: data ?? [] };

  /** The calendar's state is its address. */
  const go = (next: Date, as = view) => navigate(`${path}?${new URLSearchParams({ day: dayOf(next), view: as })}`, { replace: true });
  const turn = (by: number) => go(view === 'month' ? plusMonths(day, by) : plus(day, by * 7));
  const title = view === 'month' ? monthName(day) : `${shortDay(days[0] ?? day)} – ${shortDay(days.at(-1) ?? day)}`;
  return (
    <section aria-labelledby="title">
      <div className="heading">
        <h1 id="title">{page.title}</h1>
        <div className="actions">
          {(['month', 'week'] as const).map((each) => (
            <button key={each} type="button" className={each === view ? '' : 'quiet'} aria-pressed={each === view} onClick={() => go(day, each)}>{each === 'month' ? t('Month') : t('Week')}</button>
          ))}
        </div>
      </div>
      <div className="calendar-turn">
        <h2 aria-live="polite">{title}</h2>
        <div className="actions">
          <button type="button" className="quiet" onClick={() => turn(-1)} aria-label={view === 'month' ? t('Month before') : t('Week before')}>‹</button>
          <button type="button" className="quiet" onClick={() => go(dateOf(null))}>{t('Today')}</button>
          <button type="button" className="quiet" onClick={() => turn(1)} aria-label={view === 'month' ? t('Next month') : t('Next week')}>›</button>
        </div>
      </div>
      {error ? <Problem>{error}</Problem> : null}
      {(data?.length ?? 0) >= most ? <p className="muted">{t('Only the first {count} are shown.', { count: most })}</p> : null}
      {view === 'month' ? <Month {...shown} days={days} day={day} go={go} /> : null}
      {view === 'month' ? <Day {...shown} day={day} /> : <div className="calendar-week">{days.map((each) => <Day key={dayOf(each)} {...shown} day={each} />)}</div>}
      {moments ? <p className="muted">{t('Times are those of {zone}.', { zone: new Intl.DateTimeFormat().resolvedOptions().timeZone })}</p> : null}
    </section>
  );
}

interface MonthProps extends Shown {
  days: Date[];
  day: Date;
  go: (day: Date) => void;
}

const steps: Record<string, (day: Date) => Date> = {
  ArrowLeft: (day) => plus(day, -1),
  ArrowRight: (day) => plus(day, 1),
  ArrowUp: (day) => plus(day, -7),
  ArrowDown: (day) => plus(day, 7),
  PageUp: (day) => plusMonths(day, -1),
  PageDown: (day) => plusMonths(day, 1),
  Home: (day) => weekOf(day, firstDay),
  End: (day) => plus(weekOf(day, firstDay), 6),
};

/** A grid with one stop for the Tab key; arrows, Page and Home keys go to other days. */
function Month({ entries, moments, days, day, go }: MonthProps) {
  const grid = useRef<HTMLDivElement>(null);
  const keyed = useRef(false);
  const chosen = dayOf(day);
  useEffect(() => {
    if (keyed.current) grid.current?.querySelector<HTMLElement>('[tabindex="0"]')?.focus();
    keyed.current = false;
  }, [chosen]);

  function press(event: KeyboardEvent) {
    const step = steps[event.key];
    if (!step || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    keyed.current = true;
    go(step(day));
  }

  const today = dayOf(dateOf(null));
  return (
    <div className="calendar" ref={grid}>
      {days.slice(0, 7).map((each) => <span key={each.getDay()} className="calendar-name" aria-hidden="true">{weekday(each)}</span>)}
      {days.map((each) => {
        const key = dayOf(each);
        const own = entries.filter((entry) => isOn(entry, each, moments));
        const classes = ['calendar-day', each.getMonth() === day.getMonth() ? '' : 'calendar-other', key === today ? 'calendar-today' : ''];
        const count = tn(own.length, '{count} entry', '{count} entries');
        return (
          <button
            key={key} type="button" className={classes.filter(Boolean).join(' ')} tabIndex={key === chosen ? 0 : -1} aria-pressed={key === chosen}
            aria-current={key === today ? 'date' : undefined} onClick={() => go(each)} onKeyDown={press}
          >
            <span className="unseen">{dayName(each)}, {count}</span>
            <span className="calendar-number" aria-hidden="true">{each.getDate()}</span>
            {own.slice(0, 3).map((entry) => <span key={entry.id} className="calendar-entry" aria-hidden="true">{moments && dayOf(new Date(entry.start)) === key ? `${clock(new Date(entry.start))} ` : ''}{entry.label}</span>)}
            {own.length > 3 ? <span className="calendar-more" aria-hidden="true">+{own.length - 3}</span> : null}
          </button>
        );
      })}
    </div>
  );
}

function Day({ entity, calendar, moments, entries, day }: Shown & { day: Date }) {
  const { user } = useSession();
  const link = links[entity.key];
  const own = entries.filter((entry) => isOn(entry, day, moments));
  const start = moments ? new Date(day.getFullYear(), day.getMonth(), day.getDate(), 9).toISOString() : dayOf(day);
  return (
    <section className="card calendar-list" aria-label={dayName(day)}>
      <h3 className={dayOf(day) === dayOf(dateOf(null)) ? 'calendar-now' : ''}>{dayName(day)}</h3>
      <ul className="recent">
        {own.map((entry) => (
          <li key={entry.id}>
            {moments ? <span className="calendar-time">{time(entry, day)}</span> : null}
            {link ? <Link href={link.detail(entry.id)}>{entry.label ?? t('Without a name')}</Link> : entry.label}
          </li>
        ))}
        {own.length === 0 ? <li className="muted">{t('Nothing on this day')}</li> : null}
      </ul>
      {link && reach(entity, 'create', user) !== 'none' ? (
        <Link href={`${link.new}?${new URLSearchParams({ [calendar.start]: start })}`} className="add" aria-label={t('Add {title} on {day}', { title: entity.title, day: dayName(day) })}>{t('Add {title}', { title: entity.title })}</Link>
      ) : null}
    </section>
  );
}

/** The part of an entry's time that is on a day. */
function time(entry: Entry, day: Date): string {
  const [start, end] = [new Date(entry.start), entry.end ? new Date(entry.end) : null];
  const from = dayOf(start) === dayOf(day) ? clock(start) : '…';
  if (!end || end <= start) return from;
  return `${from} – ${end <= plus(day, 1) ? clock(end) : '…'}`;
}

/** Records by their dates. */
export const feature: ClientFeature = { pages: { calendar: CalendarPage } };
