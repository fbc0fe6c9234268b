import { Hono } from 'hono';
import { type Entity, type Row, readable, type User } from '../../shared/entity';
import { type Column, shown } from '../../shared/features/board';
import { boards } from '../../shared/features/boards';
import { entityOf } from '../../shared/model';
import { asUser } from '../db';
import type { ServerFeature } from '../feature';
import { type Env, fail } from '../http';
import { alive, filters, matching, mine, order, selection } from '../queries';
import { guard } from '../records';

type Placed = Row & { _place: string; _total: string };

/** The records of a board by column, the first of each, under the reader's access. */
async function columns(entity: Entity, field: string, user: User | null, far: 'all' | 'own', query: Record<string, string>): Promise<Column[]> {
  const rows = await asUser(user, (tx) => tx<Placed[]>`
    select * from (
      select ${selection(tx, entity, user)}, row_number() over (partition by ${tx(`t.${field}`)} order by ${order(tx, entity, user, undefined)}) as "_place",
        count(*) over (partition by ${tx(`t.${field}`)}) as "_total"
      from ${tx(entity.table)} t
      where ${alive(tx, entity)} and ${far === 'own' ? mine(tx, entity, 't') : tx`true`}
        and ${matching(tx, entity, user, query.q ?? '')} and ${filters(tx, entity, user, query)}
    ) placed where "_place" <= ${shown} order by "_place"`);
  const values: (string | null)[] = [...(entity.fields[field]?.options ?? [])];
  if (rows.some((row) => row[field] === null)) values.unshift(null);
  return values.map((value) => {
    const own = rows.filter((row) => row[field] === value);
    return { value, total: Number(own[0]?._total ?? 0), items: own.map(({ _place, _total, ...row }) => row as Row) };
  });
}

const routes = new Hono<Env>();
for (const { entity: key, field } of Object.values(boards)) {
  const entity = entityOf(key);
  routes.get(`/app/board/${key}`, async (c) => {
    const user = c.get('user');
    const far = guard(entity, 'list', user);
    if (!readable(entity, user).some(([name]) => name === field)) fail(403, 'You may not see this board');
    return c.json(await columns(entity, field, user, far, c.req.query()));
  });
}

/** Records by their state. */
export const feature: ServerFeature = { routes };
