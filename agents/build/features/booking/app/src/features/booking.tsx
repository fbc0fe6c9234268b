import './booking.css';
import { useState } from 'react';
import { locale } from '../../shared/app';
import { reach, type Row, writable } from '../../shared/entity';
import { booking } from '../../shared/features/bookings';
import { entityOf } from '../../shared/model';
import { links } from '../../shared/pages';
import { Loading, Problem } from '../components/Notice';
import type { ClientFeature, RecordProps } from '../feature';
import { ApiError, call, messageOf } from '../lib/api';
import { formatDay } from '../lib/format';
import { useLoad } from '../lib/load';
import { Link } from '../lib/router';
import { useSession } from '../lib/session';
import { t } from '../lib/texts';

interface Slot {
  start: string;
  end: string;
  free: boolean;
}

const pad = (value: number) => String(value).padStart(2, '0');

/** The day some days after one, or after today for "". */
function dayAfter(day: string, days: number): string {
  const date = day ? new Date(`${day}T12:00:00`) : new Date();
  date.setDate(date.getDate() + days);
  return `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
}

const entity = entityOf(booking.entity);

function Booking({ row }: RecordProps) {
  const { user } = useSession();
  const reader = new Intl.DateTimeFormat().resolvedOptions().timeZone;
  const [day, setDay] = useState(dayAfter('', 0));
  const [chosen, setChosen] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const [booked, setBooked] = useState<{ id: string; when: string } | null>(null);
  const { data, error, reload } = useLoad<{ zone: string; slots: Slot[] }>(`/${entityOf(booking.target).path}/${row.id}/slots?${new URLSearchParams({ day, zone: reader })}`);
  const clock = new Intl.DateTimeFormat(locale, { timeStyle: 'short', timeZone: data?.zone ?? reader });
  const slot = data?.slots.find((each) => each.start === chosen && each.free);
  const when = slot ? `${formatDay(day)}, ${clock.format(new Date(slot.start))} – ${clock.format(new Date(slot.end))}` : '';
  const link = links[entity.key];
  const values = slot ? { [booking.resource]: row.id, [booking.start]: slot.start, [booking.end]: slot.end } : {};
  // What the form must ask besides the time.
  const asks = writable(entity, user).some(([key, field]) => field.required && field.initial === undefined && ![booking.resource, booking.start, booking.end].includes(key));

  function show(next: string) {
    setDay(next);
    setChosen(null);
    setProblem(null);
  }

  async function book() {
    setBusy(true);
    setProblem(null);
    try {
      const saved = await call<Row>(`/${entity.path}`, { method: 'POST', body: values });
      setBooked({ id: saved.id, when });
    } catch (thrown) {
      setProblem((thrown instanceof ApiError && Object.values(thrown.errors)[0]) || messageOf(thrown));
    }
    // Either way the times are others now.
    setChosen(null);
    setBusy(false);
    reload();
  }

  return (
    <section className="card panel booking" aria-labelledby="booking">
      <h2 id="booking">{t('Book a time')}</h2>
      <div className="actions">
        <button type="button" className="quiet" aria-label={t('The day before')} onClick={() => show(dayAfter(day, -1))}>‹</button>
        <label><span className="unseen">{t('Day')}</span><input type="date" value={day} onChange={(event) => (event.target.value ? show(event.target.value) : undefined)} /></label>
        <button type="button" className="quiet" aria-label={t('The next day')} onClick={() => show(dayAfter(day, 1))}>›</button>
      </div>
      {error ? <Problem>{error}</Problem> : !data ? <Loading /> : (
        <fieldset className="booking-slots">
          <legend>{t('Free times on {day}, in the time of {zone}', { day: formatDay(day), zone: data.zone })}</legend>
          {data.slots.map((each) => (
            <button key={each.start} type="button" className={each.start === chosen ? '' : 'quiet'} disabled={!each.free} aria-pressed={each.start === chosen} onClick={() => setChosen(each.start)}>
              <span className={each.free ? undefined : 'booking-taken'}>{clock.format(new Date(each.start))}</span>
              {each.free ? null : <span className="unseen">{t('not free')}</span>}
            </button>
          ))}
          {data.slots.some((each) => each.free) ? null : <p className="muted">{t('Nothing is free on this day.')}</p>}
        </fieldset>
      )}
      {problem ? <Problem>{problem}</Problem> : null}
      <output>{booked ? <>{t('Booked: {when}.', { when: booked.when })} {link && reach(entity, 'read', user) !== 'none' ? <Link href={link.detail(booked.id)}>{t('Show it')}</Link> : null}</> : null}</output>
      {reach(entity, 'create', user) === 'none' ? (user ? null : <Link href={`/login?next=${encodeURIComponent(location.pathname)}`} className="button">{t('Log in to book')}</Link>) : asks && link ? (
        slot ? <Link className="button" href={`${link.new}?${new URLSearchParams(values)}`}>{t('Book {when}', { when })}</Link> : null
      ) : (
        <button type="button" disabled={!slot || busy} onClick={() => void book()}>{slot ? t('Book {when}', { when }) : t('Choose a time')}</button>
      )}
    </section>
  );
}

/** The free times of what can be booked. */
export const feature: ClientFeature = { serves: [booking.target], Panel: Booking };
