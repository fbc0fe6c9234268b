import { Hono } from 'hono';
import { fed, follows } from '../../shared/features/feed';
import { asUser } from '../db';
import type { ServerFeature } from '../feature';
import { type Env, fail } from '../http';
import { cursorOf } from '../part';
import { listed, stream } from '../stream';

const routes = new Hono<Env>();

routes.get('/app/feed', async (c) => {
  const user = c.get('user');
  if (listed(fed, user).length === 0) fail(user ? 403 : 401, user ? 'You may not do this' : 'Please log in');
  return asUser(user, async (tx) => {
    const [following] = follows && user ? await tx`select 1 from app_follows where owner_id = ${user.id} limit 1` : [];
    const by = following && user ? tx`(t.owner_id = ${user.id} or t.owner_id in (select person_id from app_follows where owner_id = ${user.id}))` : tx`true`;
    return c.json({ ...(await stream(tx, user, fed, cursorOf(c.req.query('before')), by)), all: !following });
  });
});

/** New records of the people one follows, or of all. */
export const feature: ServerFeature = { routes };
