import { type Context, Hono } from 'hono';
import * as v from 'valibot';
import { errorsOf, type User } from '../../shared/entity';
import { addressOf } from '../../shared/places';
import { announce } from '../changes';
import { asUser, type Tx } from '../db';
import type { ServerFeature } from '../feature';
import { body, type Env, fail, invalid } from '../http';
import { findPeople, personOf } from '../people';
import { uuid } from '../records';

const base = `/app/messages/with/${uuid}` as const;
const size = 50;
/** Messages that one person may send within a minute. */
const fastest = 60;

const input = v.object({ body: v.pipe(
  v.string('Message must be a text'), v.trim(), v.minLength(1, 'Message is required'), v.maxLength(4_000, 'Message must have at most 4000 characters'),
  v.check((text) => !text.includes('\0'), 'Message holds a character that cannot be stored'),
) });
const id = (c: Context) => (c.req.param('id') ?? '').toLowerCase();
const member = (c: Context<Env>): User => c.get('user') ?? fail(401, 'Please log in');

/** The messages between the user and somebody. */
const between = (tx: Tx, user: User, other: string) => tx`least(m.from_id, m.to_id) = least(${user.id}::uuid, ${other}::uuid) and greatest(m.from_id, m.to_id) = greatest(${user.id}::uuid, ${other}::uuid)`;

const routes = new Hono<Env>();

routes.get('/app/messages', async (c) => {
  const user = member(c);
  const count = Math.min(Math.max(Math.trunc(Number(c.req.query('count'))) || 30, 1), 500);
  return asUser(user, async (tx) => {
    const rows = await tx`
      select p.id, p.name, l.body, l.created_at, l.from_id = ${user.id} as mine, (select count(*)::int from (
        select 1 from app_messages u where u.to_id = ${user.id} and u.from_id = p.id and u.read_at is null limit 100) found) as unread
      from (select case when one_id = ${user.id} then other_id else one_id end as person, one_id, other_id, last_at from app_conversations where ${user.id} in (one_id, other_id)) c
      join app_people p on p.id = c.person
      join lateral (select m.body, m.created_at, m.from_id from app_messages m where least(m.from_id, m.to_id) = c.one_id and greatest(m.from_id, m.to_id) = c.other_id order by m.created_at desc, m.id desc limit 1) l on true
      order by c.last_at desc, p.id limit ${count + 1}`;
    return c.json({ items: rows.slice(0, count), more: rows.length > count });
  });
});

routes.get('/app/messages/unread', async (c) => {
  const user = member(c);
  const [row] = await asUser(user, (tx) => tx`select count(*)::int as unread from (select 1 from app_messages where to_id = ${user.id} and read_at is null limit 100) found`);
  return c.json({ unread: Number(row?.unread) });
});

routes.get('/app/messages/people', async (c) => c.json(await asUser(member(c), (tx) => findPeople(tx, c.req.query('q') ?? ''))));

/** Whether one of the two takes no messages from the other. */
async function blocks(tx: Tx, user: User, other: string) {
  const rows = await tx`select owner_id from app_blocks where (owner_id, person_id) in ((${user.id}, ${other}), (${other}, ${user.id}))`;
  return { blocked: rows.some((row) => row.owner_id === user.id), refused: rows.some((row) => row.owner_id === other) };
}

routes.get(base, async (c) => {
  const user = member(c);
  const before = /^[0-9a-f-]{36}$/.exec(c.req.query('before') ?? '')?.[0];
  return asUser(user, async (tx) => {
    const person = await personOf(tx, id(c));
    const earlier = before ? tx`(m.created_at, m.id) < (select created_at, id from app_messages where id::text = ${before})` : tx`true`;
    const rows = await tx`select m.id, m.body, m.created_at, m.read_at, m.from_id = ${user.id} as mine from app_messages m
      where ${between(tx, user, person.id)} and ${earlier} order by m.created_at desc, m.id desc limit ${size + 1}`;
    return c.json({ person, ...(await blocks(tx, user, person.id)), items: rows.slice(0, size), next: rows.length > size ? rows[size - 1]?.id : null });
  });
});

/** Refuses more than a person can type; those sent at the same time wait for each other. */
async function slowDown(tx: Tx, user: User): Promise<void> {
  await tx`select pg_advisory_xact_lock(hashtextextended(${`messages ${user.id}`}, 0))`;
  const [row] = await tx`select count(*)::int as count from app_messages where from_id = ${user.id} and created_at > now() - interval '1 minute'`;
  if (Number(row?.count) >= fastest) fail(429, 'That is too many messages: wait a minute');
}

routes.post(base, async (c) => {
  const user = member(c);
  const given = v.safeParse(input, await body(c));
  if (!given.success) return invalid(c, errorsOf(given.issues));
  if (id(c) === user.id) fail(409, 'You cannot write to yourself');
  return asUser(user, async (tx) => {
    const person = await personOf(tx, id(c));
    const { blocked, refused } = await blocks(tx, user, person.id);
    if (blocked) fail(409, 'You have blocked this person');
    if (refused) fail(403, 'This person takes no messages from you');
    await slowDown(tx, user);
    const [message] = await tx`insert into app_messages ${tx({ to_id: person.id, body: given.output.body })} returning id, body, created_at, read_at`;
    const path = addressOf('conversation', user.id);
    if (path) await announce(tx, { to: person.id, text: `${user.name} wrote to you`, path, kind: 'message' });
    return c.json({ ...message, mine: true }, 201);
  });
});

routes.post(`${base}/read`, async (c) => {
  const user = member(c);
  await asUser(user, (tx) => tx`update app_messages set read_at = now() where to_id = ${user.id} and from_id = ${id(c)} and read_at is null`);
  return c.body(null, 204);
});

routes.post(`${base}/block`, async (c) => {
  const user = member(c);
  if (id(c) === user.id) fail(409, 'You cannot block yourself');
  return asUser(user, async (tx) => {
    const person = await personOf(tx, id(c));
    await tx`insert into app_blocks ${tx({ person_id: person.id })} on conflict (owner_id, person_id) do nothing`;
    return c.body(null, 204);
  });
});

routes.delete(`${base}/block`, async (c) => {
  const user = member(c);
  await asUser(user, (tx) => tx`delete from app_blocks where owner_id = ${user.id} and person_id = ${id(c)}`);
  return c.body(null, 204);
});

/** Messages between two people. */
export const feature: ServerFeature = { routes };
