import { Hono } from 'hono';
import * as v from 'valibot';
import { contactInput, type Message } from '../../shared/contact';
import { errorsOf } from '../../shared/entity';
import { asUser } from '../db';
import type { ServerFeature } from '../feature';
import { body, type Env, fail, invalid } from '../http';
import { limit } from '../limits';
import { uuid } from '../records';
import { administrator } from '../users';

const pageSize = 20;

const routes = new Hono<Env>()
  .post('/app/contact', async (c) => {
    const given = v.safeParse(contactInput, await body(c));
    if (!given.success) return invalid(c, errorsOf(given.issues));
    await limit(c, 'contact', c.get('user')?.id ?? null);
    const { website: _, ...message } = given.output;
    await asUser(c.get('user'), (tx) => tx`insert into app_contact_messages ${tx(message)}`);
    return c.json({ sent: true }, 201);
  })
  .get('/app/contact', async (c) => {
    const user = administrator(c.get('user'));
    const page = Math.min(Math.max(Math.trunc(Number(c.req.query('page'))) || 1, 1), 100_000);
    return asUser(user, async (tx) => {
      const where = c.req.query('done') ? tx`done_at is not null` : tx`done_at is null`;
      const items = await tx<Message[]>`select id, name, email, message, created_at, done_at from app_contact_messages where ${where}
        order by created_at desc, id limit ${pageSize} offset ${(page - 1) * pageSize}`;
      const [count] = await tx`select count(*)::int as total from app_contact_messages where ${where}`;
      return c.json({ items: [...items], total: Number(count?.total ?? 0), page, pageSize });
    });
  })
  .patch(`/app/contact/${uuid}`, async (c) => {
    const user = administrator(c.get('user'));
    const given = v.safeParse(v.object({ done: v.boolean('Done must be yes or no') }), await body(c));
    if (!given.success) return invalid(c, errorsOf(given.issues));
    const changed = await asUser(user, (tx) => tx`update app_contact_messages set done_at = ${given.output.done ? tx`coalesce(done_at, now())` : null} where id = ${c.req.param('id')} returning id`);
    return changed.length > 0 ? c.body(null, 204) : fail(404, 'There is no such message');
  });

/** Messages to the administrators. */
export const feature: ServerFeature = { routes };
