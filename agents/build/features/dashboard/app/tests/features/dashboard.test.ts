import { describe, expect, it } from 'vitest';
import { entities, entityOf } from '../../shared/model';
import { reach } from '../../shared/entity';
import type { Dashboard } from '../../shared/features/dashboard';
import { counted } from '../../shared/features/dashboards';
import { guest, type Client, signedUp } from '../support/client';
import { author, create } from '../support/records';

const dashboard = (client: Client) => client.json<Dashboard>('GET', '/app/dashboard?zone=Europe/Berlin');
const tileOf = async (client: Client, key: string) => (await dashboard(client)).tiles.find((tile) => tile.entity === key);

describe('the dashboard', () => {
  it('shows to each reader what they may list, and no more', async () => {
    const shown = (await dashboard(guest())).tiles.map((tile) => tile.entity);
    expect(shown).toEqual(counted.filter((key) => reach(entityOf(key), 'list', null) !== 'none').slice(0, 12));
    expect((await dashboard(guest())).waiting).toEqual([]);
  });

  it('counts new records, and shows the newest', async (test) => {
    const entity = counted.map(entityOf).find((each) => !each.access.create.includes('guest') && each.ownership !== 'system');
    const client = entity && (await author(entity));
    if (!entity || !client || reach(entity, 'list', client.user) === 'none') return test.skip('nobody may create and list a record');
    const before = await tileOf(client, entity.key);
    if (!before) return test.skip('it has no tile');
    const row = await create(entity, client);
    const after = await tileOf(client, entity.key);
    expect([after?.total, after?.now, after?.newest[0]?.id]).toEqual([before.total + 1, before.now + 1, row.id]);
    expect(after?.days).toHaveLength(30);
    expect(after?.days.at(-1)?.value).toBe((before.days.at(-1)?.value ?? 0) + 1);
    if (reach(entity, 'list', client.user) === 'own') expect(await tileOf(await signedUp(client.user?.role ?? ''), entity.key)).toMatchObject({ total: 0, newest: [] });
  });

  it('lists what waits for its reader, and for nobody else', async (test) => {
    for (const entity of entities) {
      const { initial, transitions } = entity.workflow ?? { initial: '', transitions: [] };
      const client = await author(entity);
      const open = transitions.some((step) => step.from.includes(initial) && step.roles.length === 0);
      if (!open || !client?.user || reach(entity, 'list', client.user) === 'none' || reach(entity, 'update', client.user) === 'none') continue;
      const other = await signedUp(client.user.role);
      const owner = await signedUp(client.user.role);
      const { id } = await create(entity, owner);
      expect((await dashboard(owner)).waiting).toContainEqual(expect.objectContaining({ id, state: initial }));
      const forAll = transitions.some((step) => step.from.includes(initial) && step.roles.includes(client.user?.role ?? ''));
      if (!forAll) expect((await dashboard(other)).waiting.map((task) => task.id)).not.toContain(id);
      return;
    }
    test.skip('no record waits for its owner');
  });
});
