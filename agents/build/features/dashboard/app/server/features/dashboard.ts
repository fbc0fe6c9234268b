import { Hono } from 'hono';
import { type Entity, reach, readable, type User } from '../../shared/entity';
import { type Dashboard, span, type Task, type Tile, waitingStates } from '../../shared/features/dashboard';
import { counted } from '../../shared/features/dashboards';
import { entities, entityOf } from '../../shared/model';
import { asUser, type Tx } from '../db';
import type { ServerFeature } from '../feature';
import { byTime, total } from '../figures';
import type { Env } from '../http';
import { alive, labelOf, mine } from '../queries';
import { isZone } from '../zones';

const mostTiles = 12;
const mostTasks = 10;

async function tile(tx: Tx, entity: Entity, user: User | null, zone: string): Promise<Tile> {
  const far = reach(entity, 'list', user) === 'own' ? 'own' : 'all';
  const day = (ago: number) => tx`((now() at time zone ${zone})::date - ${ago}::int)::text`;
  const [days] = await tx<{ first: string; last: string; early: string; late: string }[]>`
    select ${day(span - 1)} as first, ${day(0)} as last, ${day(2 * span - 1)} as early, ${day(span)} as late`;
  const { first = '', last = '', early = '', late = '' } = days ?? {};
  const all = { entity, far, zone, time: 'created_at', measure: 'count', from: null, to: null } as const;
  const now = await byTime(tx, { ...all, from: first, to: last }, 'day');
  const money = readable(entity, user).find(([, field]) => field.type === 'money')?.[0];
  const sum = (from: string, to: string) => total(tx, { ...all, from, to, measure: `sum:${money}` });
  const newest = await tx<Tile['newest']>`select t.id, ${labelOf(tx, entity, 't')} as label, t.created_at from ${tx(entity.table)} t
    where ${alive(tx, entity)} and ${far === 'own' ? mine(tx, entity, 't') : tx`true`} order by t.created_at desc, t.id desc limit 3`;
  return {
    entity: entity.key, total: await total(tx, all), now: now.total, before: await total(tx, { ...all, from: early, to: late }), days: now.rows, newest: [...newest],
    amount: money ? { key: money, now: await sum(first, last), before: await sum(early, late) } : null,
  };
}

/** Records of an entity that wait for the user, their own first, then those that wait longest. */
async function waiting(tx: Tx, entity: Entity, user: User): Promise<Task[]> {
  const { all, own } = waitingStates(entity, user);
  const flow = entity.workflow;
  const far = reach(entity, 'list', user);
  if (!flow || far === 'none' || all.length + own.length === 0 || !readable(entity, user).some(([key]) => key === flow.field)) return [];
  const state = tx`${tx(`t.${flow.field}`)}`;
  const theirs = mine(tx, entity, 't');
  const rows = await tx<Task[]>`select ${entity.key} as entity, t.id, ${labelOf(tx, entity, 't')} as label, ${state} as state, t.updated_at as since
    from ${tx(entity.table)} t
    where ${alive(tx, entity)} and ${far === 'own' ? theirs : tx`true`} and (${state} = any(${all}) or (${state} = any(${own}) and ${theirs}))
    order by ${theirs} desc, t.updated_at, t.id limit ${mostTasks}`;
  return [...rows];
}

const routes = new Hono<Env>();
routes.get('/app/dashboard', async (c) => {
  const user = c.get('user');
  const zone = c.req.query('zone') ?? 'UTC';
  const visible = (entity: Entity) => reach(entity, 'list', user) !== 'none';
  const dashboard = await asUser(user, async (tx): Promise<Dashboard> => {
    const tiles: Tile[] = [];
    for (const entity of counted.map(entityOf).filter(visible).slice(0, mostTiles)) tiles.push(await tile(tx, entity, user, isZone(zone) ? zone : 'UTC'));
    const tasks: Task[] = [];
    for (const entity of user ? entities : []) if (user) tasks.push(...(await waiting(tx, entity, user)));
    return { tiles, waiting: tasks };
  });
  return c.json(dashboard);
});

/** What there is and what changed. */
export const feature: ServerFeature = { routes };
