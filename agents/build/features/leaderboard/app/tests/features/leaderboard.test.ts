import { describe, expect, it } from 'vitest';
import { defaultRole } from '../../shared/app';
import { reach } from '../../shared/entity';
import { counted, openToGuests } from '../../shared/features/leaderboard';
import { entityOf } from '../../shared/model';
import { asUser } from '../../server/db';
import { type Client, guest, person, signedUp } from '../support/client';
import { author, create } from '../support/records';

const mine = async (client: Client) => (await client.json<{ me: { points: number } | null }>('GET', '/app/leaderboard')).me?.points ?? 0;

describe.each(Object.entries(counted))('points for %s', (key, field) => {
  const entity = entityOf(key);

  it('come with each record, however many are made at once, and go with it', async (test) => {
    const maker = await author(entity);
    if (!maker || reach(entity, 'read', maker.user) === 'none') return test.skip('nobody may create and read the records');
    const client = await signedUp(maker.user?.role ?? '');
    const before = await mine(client);
    const rows = await Promise.all(Array.from({ length: 4 }, () => create(entity, client)));
    const worth = (row: object) => (field === null ? 1 : Number((row as Record<string, unknown>)[field] ?? 0));
    const points = rows.reduce((sum, row) => sum + worth(row), 0);
    // What the records refer to may give points too.
    const all = await mine(client);
    expect(all - before).toBeGreaterThanOrEqual(points);
    if (Object.values(entity.fields).every(({ required, target }) => !required || !target)) expect(all - before).toBeCloseTo(points, 6);
    const [row] = rows;
    if (!row || reach(entity, 'delete', client.user) === 'none') return;
    expect((await client.call('DELETE', `/${entity.path}/${row.id}`)).status).toBe(204);
    expect(await mine(client)).toBeCloseTo(all - worth(row), 6);
  });
});

describe('the leaderboard', () => {
  it('ranks people by their points, for those who see people', async () => {
    const { items } = await (await person(defaultRole)).json<{ items: { rank: number; points: number; name: string }[] }>('GET', '/app/leaderboard');
    for (const [index, each] of items.entries()) {
      const above = items[index - 1];
      expect(each.points).toBeGreaterThan(0);
      if (above) expect(each.points).toBeLessThanOrEqual(above.points);
      if (above) expect(each.rank === above.rank).toBe(each.points === above.points);
    }
    expect((await guest().call('GET', '/app/leaderboard')).status).toBe(openToGuests ? 200 : 401);
    if (!openToGuests) expect(await asUser(null, (tx) => tx`select person_id from app_points`)).toHaveLength(0);
  });

  it('cannot be written by hand', async () => {
    const client = await signedUp(defaultRole);
    await expect(asUser(client.user, (tx) => tx`insert into app_points ${tx({ person_id: client.user?.id ?? '', points: 1_000_000 })}`)).rejects.toMatchObject({ code: '42501' });
    await expect(asUser(client.user, (tx) => tx`select app_points_add(${client.user?.id ?? ''}, 1000000, true)`)).rejects.toMatchObject({ code: '42501' });
    expect(await asUser(client.user, (tx) => tx`update app_points set points = 1000000 returning person_id`)).toHaveLength(0);
    expect(await mine(client)).toBe(0);
  });
});
