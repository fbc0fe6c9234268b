import { Hono } from 'hono';
import * as v from 'valibot';
import { type Entity, errorsOf, type User } from '../../shared/entity';
import { reports } from '../../shared/features/reports';
import { countable, type Figures, measures, mostSteps, type Step, steps } from '../../shared/figures';
import { entityOf } from '../../shared/model';
import { asUser } from '../db';
import type { ServerFeature } from '../feature';
import { byGroup, byTime, type Question } from '../figures';
import { type Env, invalid } from '../http';
import { guard } from '../records';
import { isZone } from '../zones';

const lengths: Record<Step, number> = { day: 1, week: 7, month: 28 };
const day = v.pipe(v.string('A day is expected'), v.check((text) => /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text)), 'A day is expected'));

/** What may be asked of an entity: only by fields that the reader sees. */
function asking(entity: Entity, user: User | null) {
  const { times, groups } = countable(entity, user);
  return v.pipe(
    v.object({
      by: v.optional(v.picklist([...steps, ...groups], 'Choose what to count by'), 'day'),
      time: v.optional(v.picklist(times, 'Choose a time'), 'created_at'),
      measure: v.optional(v.picklist(measures(entity, user), 'Choose what to count'), 'count'),
      from: day,
      to: day,
      zone: v.optional(v.pipe(v.string(), v.check(isZone, 'This is no time zone')), 'UTC'),
      format: v.optional(v.picklist(['json', 'csv'], 'Choose a format'), 'json'),
    }),
    v.check(({ from, to }) => from <= to, 'The first day must not be after the last'),
    v.check(({ by, from, to }) => {
      const days = (Date.parse(to) - Date.parse(from)) / 86_400_000;
      return !(by in lengths) || days / lengths[by as Step] <= mostSteps;
    }, 'Choose fewer days or larger steps'),
  );
}

/** A value of a CSV file; spreadsheets must not take a text for a formula. */
function cell(value: unknown): string {
  const text = typeof value === 'string' && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value ?? '');
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const csv = ({ rows }: Figures, by: string, measure: string) =>
  [[by, measure], ...rows.map((row) => [row.label ?? row.key, row.value])].map((line) => line.map(cell).join(',')).join('\r\n');

const routes = new Hono<Env>();
for (const key of new Set(Object.values(reports).flat())) {
  const entity = entityOf(key);
  routes.get(`/app/reports/${key}`, async (c) => {
    const user = c.get('user');
    const far = guard(entity, 'list', user);
    const asked = v.safeParse(asking(entity, user), c.req.query());
    if (!asked.success) return invalid(c, errorsOf(asked.issues));
    const { by, format, ...rest } = asked.output;
    const question: Question & { from: string; to: string } = { entity, far, ...rest };
    const figures = await asUser(user, (tx) => (by in lengths ? byTime(tx, question, by as Step) : byGroup(tx, question, by)));
    if (format === 'json') return c.json(figures);
    c.header('content-type', 'text/csv; charset=utf-8');
    c.header('content-disposition', `attachment; filename="${entity.path}-${by}.csv"`);
    return c.body(`\uFEFF${csv(figures, by, rest.measure)}\r\n`);
  });
}

/** Figures about records. */
export const feature: ServerFeature = { routes };
