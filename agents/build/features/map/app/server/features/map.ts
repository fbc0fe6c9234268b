import { Hono } from 'hono';
import { type Entity, readable, type User } from '../../shared/entity';
import { most, type Place } from '../../shared/features/map';
import { maps } from '../../shared/features/maps';
import { entityOf } from '../../shared/model';
import { asUser } from '../db';
import type { ServerFeature } from '../feature';
import { type Env, fail } from '../http';
import { alive, labelOf, mine } from '../queries';
import { guard } from '../records';

/** Everything with a place, under the reader's access. */
async function places(entity: Entity, field: string, user: User | null, far: 'all' | 'own'): Promise<Place[]> {
  return asUser(user, async (tx) => {
    const at = tx`${tx(`t.${field}`)}`;
    const rows = await tx<{ id: string; label: string | null; at: string }[]>`select t.id, ${labelOf(tx, entity, 't')} as label, ${at} as at from ${tx(entity.table)} t
      where ${alive(tx, entity)} and ${far === 'own' ? mine(tx, entity, 't') : tx`true`} and ${at} is not null order by 2, 1 limit ${most}`;
    return rows.map(({ id, label, at: text }) => {
      const [latitude = 0, longitude = 0] = text.split(',').map(Number);
      return { id, label, latitude, longitude };
    });
  });
}

const routes = new Hono<Env>();
for (const { entity: key, field } of Object.values(maps)) {
  const entity = entityOf(key);
  routes.get(`/app/map/${key}`, async (c) => {
    const user = c.get('user');
    const far = guard(entity, 'list', user);
    if (!readable(entity, user).some(([name]) => name === field)) fail(403, 'You may not see this map');
    return c.json(await places(entity, field, user, far));
  });
}

/** Records by their places. */
export const feature: ServerFeature = { routes };
