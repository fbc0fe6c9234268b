import { type Context, Hono } from 'hono';
import type { User } from '../../shared/entity';
import { openToGuests, shown } from '../../shared/features/follow';
import { entityOf } from '../../shared/model';
import { addressOf } from '../../shared/places';
import { announce } from '../changes';
import { asUser, type Tx } from '../db';
import type { ServerFeature } from '../feature';
import { type Env, fail } from '../http';
import { guardSeen, idsOf } from '../marks';
import { cursorOf, part } from '../part';
import { findPeople, personOf } from '../people';
import { uuid } from '../records';
import { stream } from '../stream';

const base = `/app/follow/people/${uuid}` as const;
const size = 50;
const id = (c: Context) => c.req.param('id') ?? '';
const member = (c: Context<Env>): User => c.get('user') ?? fail(401, 'Please log in');

/** Who may see people: members, and guests where they see records. */
const reader = (c: Context<Env>): User | null => c.get('user') ?? (openToGuests ? null : fail(401, 'Please log in'));

const routes = new Hono<Env>();

routes.get('/app/follow/people', async (c) => c.json(await asUser(member(c), (tx) => findPeople(tx, c.req.query('q') ?? ''))));

routes.get(base, async (c) => {
  const user = reader(c);
  return asUser(user, async (tx) => {
    const person = await personOf(tx, id(c));
    const [counts] = await tx`select
      (select count(*)::int from app_follows where person_id = ${person.id}) as followers,
      (select count(*)::int from app_follows where owner_id = ${person.id}) as following,
      exists (select 1 from app_follows where owner_id = app_user_id() and person_id = ${person.id}) as followed`;
    return c.json({ ...person, ...counts, mine: person.id === user?.id });
  });
});

routes.post(base, async (c) => {
  const user = member(c);
  // An id may be written in capitals too.
  if (id(c).toLowerCase() === user.id) fail(409, 'You cannot follow yourself');
  return asUser(user, async (tx) => {
    const person = await personOf(tx, id(c));
    const made = await tx`insert into app_follows ${tx({ person_id: person.id })} on conflict (owner_id, person_id) do nothing returning id`;
    const path = addressOf('person', user.id);
    if (made.length > 0 && path) await announce(tx, { to: person.id, text: `${user.name} follows you now`, path, kind: 'follower' });
    return c.body(null, 204);
  });
});

routes.delete(base, async (c) => {
  const user = member(c);
  await asUser(user, (tx) => tx`delete from app_follows where owner_id = ${user.id} and person_id = ${id(c)}`);
  return c.body(null, 204);
});

/** A part of those on one side of somebody's follows. */
async function others(tx: Tx, from: 'owner_id' | 'person_id', to: 'owner_id' | 'person_id', person: string, before: string | null) {
  const rows = await tx<{ cursor: string; id: string; name: string }[]>`select f.id as cursor, p.id, p.name from app_follows f join app_people p on p.id = ${tx(`f.${to}`)}
    where ${tx(`f.${from}`)} = ${person} and ${before ? tx`f.id < ${before}` : tx`true`} order by f.id desc limit ${size + 1}`;
  const { items, next } = part(rows, ({ cursor }) => cursor, size);
  return { items: items.map(({ id: person_id, name }) => ({ id: person_id, name })), next };
}

for (const [suffix, from, to] of [['followers', 'person_id', 'owner_id'], ['following', 'owner_id', 'person_id']] as const) {
  routes.get(`${base}/${suffix}`, async (c) => c.json(await asUser(reader(c), (tx) => others(tx, from, to, id(c), cursorOf(c.req.query('before'))))));
}

routes.get(`${base}/records`, async (c) => {
  const user = reader(c);
  return c.json(await asUser(user, (tx) => stream(tx, user, shown, cursorOf(c.req.query('before')), tx`t.owner_id = ${id(c)}`)));
});

for (const entity of shown.map(entityOf)) {
  routes.get(`/app/follow/authors/${entity.path}`, async (c) => {
    const user = reader(c);
    guardSeen(entity, user);
    const rows = await asUser(user, (tx) => tx`select t.id as record, p.id, p.name from ${tx(entity.table)} t join app_people p on p.id = t.owner_id where t.id = any(${idsOf(c.req.query('ids'))}::uuid[])`);
    return c.json(Object.fromEntries(rows.map(({ record, ...author }) => [record, author])));
  });
}

/** People who follow people, and a page for each. */
export const feature: ServerFeature = { routes };
