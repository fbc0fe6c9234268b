import { type Context, Hono } from 'hono';
import * as v from 'valibot';
import { errorsOf, type User } from '../../shared/entity';
import { kinds } from '../../shared/features/notifications';
import { asUser, type Tx } from '../db';
import type { News, ServerFeature } from '../feature';
import { body, type Env, fail, invalid } from '../http';
import { cursorOf, part } from '../part';
import { uuid } from '../records';

const size = 30;
/** What is kept for one person: the newest. */
const most = 1_000;
const member = (c: Context<Env>): User => c.get('user') ?? fail(401, 'Please log in');

/** Keeps news for its person; what one does oneself is none. */
async function heard(tx: Tx, { to, text, path, kind = 'other' }: News): Promise<void> {
  const short = [...text].slice(0, 200).join('');
  await tx`insert into app_notifications (person_id, kind, text, path)
    select ${to}, ${kinds.includes(kind) ? kind : 'other'}, ${short}, ${path} where ${to}::uuid is distinct from app_user_id() on conflict do nothing`;
}

const wanted = (tx: Tx) => tx`n.person_id = app_user_id() and n.kind not in (select kind from app_silenced where person_id = app_user_id())`;

const routes = new Hono<Env>();

async function unread(tx: Tx): Promise<number> {
  const [row] = await tx`select count(*)::int as unread from (select 1 from app_notifications n where ${wanted(tx)} and n.read_at is null limit 100) found`;
  return Number(row?.unread);
}

routes.get('/app/notifications/unread', async (c) => c.json({ unread: await asUser(member(c), unread) }));

routes.get('/app/notifications', async (c) => {
  const user = member(c);
  const before = cursorOf(c.req.query('before'));
  return asUser(user, async (tx) => {
    if (!before) await tx`delete from app_notifications where person_id = ${user.id} and id <= (select id from app_notifications where person_id = ${user.id} order by id desc offset ${most} limit 1)`;
    const rows = await tx<{ id: string }[]>`select n.id, n.kind, n.text, n.path, n.created_at, n.read_at is not null as read from app_notifications n
      where ${wanted(tx)} and ${before ? tx`n.id < ${before}` : tx`true`} order by n.id desc limit ${size + 1}`;
    return c.json(part(rows, ({ id }) => id, size));
  });
});

const seen = v.object({ path: v.pipe(v.string('Path must be a text'), v.maxLength(300, 'Path is too long')) });

/** What is told of a page is read by looking at the page. */
routes.post('/app/notifications/seen', async (c) => {
  const user = member(c);
  const given = v.safeParse(seen, await body(c));
  if (!given.success) return invalid(c, errorsOf(given.issues));
  const path = given.output.path.replaceAll('\0', '');
  const rows = await asUser(user, (tx) => tx`update app_notifications set read_at = now() where person_id = ${user.id} and path = ${path} and read_at is null returning id`);
  return c.json({ read: rows.length });
});

routes.post('/app/notifications/read', async (c) => {
  const user = member(c);
  await asUser(user, (tx) => tx`update app_notifications set read_at = now() where person_id = ${user.id} and read_at is null`);
  return c.body(null, 204);
});

routes.post(`/app/notifications/${uuid}/read`, async (c) => {
  const user = member(c);
  const rows = await asUser(user, (tx) => tx`update app_notifications set read_at = coalesce(read_at, now()) where person_id = ${user.id} and id = ${c.req.param('id')} returning id`);
  return rows.length > 0 ? c.body(null, 204) : fail(404, 'There is no such notification');
});

const silenced = (tx: Tx) => tx<{ kind: string }[]>`select kind from app_silenced where person_id = app_user_id()`;
const settings = v.object(Object.fromEntries(kinds.map((kind) => [kind, v.boolean('Choose yes or no')])));

routes.get('/app/notifications/settings', async (c) => {
  const off = new Set((await asUser(member(c), silenced)).map(({ kind }) => kind));
  return c.json(Object.fromEntries(kinds.map((kind) => [kind, !off.has(kind)])));
});

routes.patch('/app/notifications/settings', async (c) => {
  const user = member(c);
  const given = v.safeParse(v.partial(settings), await body(c));
  if (!given.success) return invalid(c, errorsOf(given.issues));
  const changes = Object.entries(given.output);
  await asUser(user, async (tx) => {
    for (const [kind, on] of changes) {
      if (on) await tx`delete from app_silenced where person_id = ${user.id} and kind = ${kind}`;
      else await tx`insert into app_silenced ${tx({ kind })} on conflict (person_id, kind) do nothing`;
    }
  });
  return c.body(null, 204);
});

/** News for each person. */
export const feature: ServerFeature = { routes, heard };
