import process from 'node:process';
import { type Context, Hono } from 'hono';
import { HTTPException } from 'hono/http-exception';
import * as v from 'valibot';
import { questionInput } from '../../shared/ai';
import { type Entity, errorsOf, readable, type User } from '../../shared/entity';
import { asked } from '../../shared/features/ai';
import { entityOf } from '../../shared/model';
import { NoAnswer, provider } from '../ai/provider';
import { asUser, type Tx } from '../db';
import type { ServerFeature } from '../feature';
import { body, type Env, fail, invalid } from '../http';
import { guard, missing, one, uuid } from '../records';

const perDay = () => Math.max(0, Math.trunc(Number(process.env.AI_DAILY_LIMIT || 20)) || 0);
const member = (c: Context<Env>): User => c.get('user') ?? fail(401, 'Please log in');

/** Counts a question before it is asked, so that many at once cannot slip through together. */
async function count(tx: Tx): Promise<number> {
  const most = perDay();
  const [use] = most > 0 ? await tx`insert into app_ai_uses as u (count) values (1) on conflict (owner_id, day) do update set count = u.count + 1 where u.count < ${most} returning count` : [];
  return use ? most - Number(use.count) : fail(429, 'You have asked as often as one may in a day');
}

/** What the asker may see of a record, as text. */
function facts(entity: Entity, user: User, row: Record<string, unknown>): string {
  const labels = (row._labels ?? {}) as Record<string, unknown>;
  const lines = readable(entity, user).flatMap(([key, field]) => {
    const value = labels[key] ?? row[key];
    if (value === null || value === undefined || value === '') return [];
    return [`${field.title}: ${typeof value === 'object' && !(value instanceof Date) ? JSON.stringify(value) : value instanceof Date ? value.toISOString() : String(value)}`];
  });
  return lines.join('\n').slice(0, 12_000);
}

const routes = new Hono<Env>().get('/app/ai', async (c) => {
  const [use] = await asUser(member(c), (tx) => tx`select count from app_ai_uses where owner_id = app_user_id() and day = current_date`);
  return c.json({ simulated: provider().simulated, left: Math.max(0, perDay() - Number(use?.count ?? 0)) });
});

for (const entity of asked.map(entityOf)) {
  routes.post(`/${entity.path}/${uuid}/ask`, async (c) => {
    const user = member(c);
    guard(entity, 'read', user);
    const given = v.safeParse(questionInput, await body(c));
    if (!given.success) return invalid(c, errorsOf(given.issues));
    const { row, left } = await asUser(user, async (tx) => ({ row: (await one(tx, entity, user, c.req.param('id') ?? '')) ?? missing(entity), left: await count(tx) }));
    const by = provider();
    try {
      const answer = await by.answer({ about: `a ${entity.title}`, facts: facts(entity, user, row), question: given.output.question });
      return c.json({ answer, simulated: by.simulated, left });
    } catch (error) {
      if (error instanceof NoAnswer) throw new HTTPException(503, { message: error.message });
      throw error;
    }
  });
}

/** Questions about records. */
export const feature: ServerFeature = { routes };
