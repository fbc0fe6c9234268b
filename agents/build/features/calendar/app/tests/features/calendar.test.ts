import { describe, expect, it } from 'vitest';
import { reach } from '../../shared/entity';
import { dateOf, dayOf, type Entry, isOn, monthDays, plusMonths, weekOf } from '../../shared/features/calendar';
import { calendars } from '../../shared/features/calendars';
import { entityOf } from '../../shared/model';
import { guest, person } from '../support/client';
import { author, create } from '../support/records';

describe.each(Object.entries(calendars).map(([path, calendar], index) => ({ path, calendar, index })))('the calendar at $path', ({ calendar, index }) => {
  const entity = entityOf(calendar.entity);
  const at = (from: Date, to: Date) => `/app/calendar/${index}?from=${from.toISOString()}&to=${to.toISOString()}`;
  const days = (date: Date, count: number) => new Date(date.getTime() + count * 86_400_000);

  it('shows what is in the days asked for, to those who see it in the list', async (test) => {
    const client = await author(entity);
    if (!client || reach(entity, 'list', client.user) === 'none' || reach(entity, 'read', client.user) === 'none') return test.skip('nobody may create and list the records');
    const row = await create(entity, client);
    const start = new Date(String(row[calendar.start]));
    const ids = async (who: typeof client, from: Date, to: Date) => (await who.json<Entry[]>('GET', at(from, to))).map((entry) => entry.id);
    expect(await ids(client, days(start, -1), days(start, 1))).toContain(row.id);
    expect(await ids(client, days(start, -10), days(start, -1))).not.toContain(row.id);
    const end = calendar.end && row[calendar.end] ? new Date(String(row[calendar.end])) : start;
    expect(await ids(client, days(end, 2), days(end, 9))).not.toContain(row.id);
    if (reach(entity, 'list', client.user) === 'own') expect(await ids(await person(client.user?.role ?? '', 'second'), days(start, -1), days(start, 1))).not.toContain(row.id);
    if (reach(entity, 'list', null) === 'none') expect((await guest().call('GET', at(start, days(start, 1)))).status).toBe(401);
  });

  it('refuses times that are none, and too many days', async (test) => {
    const client = await author(entity);
    if (!client || reach(entity, 'list', client.user) === 'none') return test.skip('nobody may list the records');
    expect((await client.call('GET', `/app/calendar/${index}?from=yesterday&to=2026-01-01`)).status).toBe(422);
    expect((await client.call('GET', at(new Date(0), new Date()))).status).toBe(422);
  });
});

describe('the days of a calendar', () => {
  it('are whole weeks around a month', () => {
    const shown = monthDays(dateOf('2026-02-10'), 1).map(dayOf);
    expect([shown[0], shown.at(-1), shown.length]).toEqual(['2026-01-26', '2026-03-01', 35]);
    expect(dayOf(weekOf(dateOf('2026-02-10'), 7))).toBe('2026-02-08');
    expect(dayOf(plusMonths(dateOf('2026-01-31'), 1))).toBe('2026-02-28');
    expect(dayOf(dateOf('nonsense'))).toBe(dayOf(new Date()));
  });

  it('hold an entry from its start until before its end', () => {
    const noon = (day: string) => new Date(dateOf(day).getTime() + 12 * 3_600_000).toISOString();
    const entry = { id: '', label: '', start: noon('2026-02-10'), end: dateOf('2026-02-12').toISOString() };
    expect(['2026-02-09', '2026-02-10', '2026-02-11', '2026-02-12'].map((day) => isOn(entry, dateOf(day), true))).toEqual([false, true, true, false]);
    const holiday = { id: '', label: '', start: '2026-02-10', end: '2026-02-11' };
    expect(['2026-02-09', '2026-02-10', '2026-02-11', '2026-02-12'].map((day) => isOn(holiday, dateOf(day), false))).toEqual([false, true, true, false]);
  });
});
