/** What somebody would write by hand for one list: the same statements as a generated app sends. */
import process from 'node:process';
import { createHash } from 'node:crypto';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { getCookie } from 'hono/cookie';
import postgres from 'postgres';

const sql = postgres(process.env.DATABASE_URL ?? '', { max: 10, onnotice: () => {} });
const app = new Hono();

app.get('/api/recipes', async (c) => {
  const token = createHash('sha256').update(getCookie(c, process.env.COOKIE ?? '') ?? '').digest('hex');
  const user = await sql.begin(async (tx) => {
    await tx`select set_config('app.session', ${token}, true)`;
    const [session] = await tx`select user_id from app_sessions where token_hash = ${token} and expires_at > now()`;
    if (!session) return null;
    await tx`select set_config('app.user_id', ${session.user_id}, true)`;
    const [found] = await tx`select id, email, name, role from app_users where id = ${session.user_id}`;
    return found ?? null;
  });
  if (!user) return c.json({ error: 'Please log in' }, 401);
  return sql.begin(async (tx) => {
    await tx`select set_config('app.user_id', ${user.id}, true), set_config('app.role', ${user.role}, true)`;
    const items = await tx`select r.*, (select c.name from categories c where c.id = r.category_id) as category
      from recipes r order by r.title nulls last, r.id limit 20`;
    const [count] = await tx`select count(*)::int as total from recipes`;
    return c.json({ items: [...items], total: count?.total, page: 1, pageSize: 20 });
  });
});

serve({ fetch: app.fetch, port: Number(process.env.PORT), hostname: '127.0.0.1' });
