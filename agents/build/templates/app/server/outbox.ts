import { Hono } from 'hono';
import { asUser } from './db';
import type { Env } from './http';
import { mailIsSent } from './mail';
import { administrator } from './users';

const pageSize = 20;

/** The e-mails of the app, for administrators. */
export const outbox = new Hono<Env>().get('/', async (c) => {
  const me = administrator(c.get('user'));
  const page = Math.min(Math.max(Math.trunc(Number(c.req.query('page'))) || 1, 1), 100_000);
  return asUser(me, async (tx) => {
    const items = await tx`select id, recipient, subject, body, state, attempts, error, created_at, sent_at from app_outbox
      order by created_at desc, id limit ${pageSize} offset ${(page - 1) * pageSize}`;
    const [count] = await tx`select count(*)::int as total from app_outbox`;
    return c.json({ items: [...items], total: Number(count?.total ?? 0), page, pageSize, sent: mailIsSent() });
  });
});
