import { describe, expect, it } from 'vitest';
import { type Page, reach, writable } from '../../shared/entity';
import { audited } from '../../shared/features/audit';
import { defaultRole } from '../../shared/app';
import { entityOf } from '../../shared/model';
import { asUser } from '../../server/db';
import { guest, person } from '../support/client';
import { author, create, valueFor } from '../support/records';

interface Entry {
  action: string;
  changes: Record<string, [unknown, unknown]>;
  actor: string | null;
}

const trail = async (entity: string, id: string) => (await (await person('admin')).json<Page<Entry>>('GET', `/app/audit?entity=${entity}&record=${id}`)).items;

describe.each(audited)('the audit trail of %s', (key) => {
  const entity = entityOf(key);

  it('tells who made, changed and deleted a record, newest first', async (test) => {
    const client = await author(entity);
    if (!client || reach(entity, 'read', client.user) === 'none') return test.skip('nobody may make and read one');
    const row = await create(entity, client);
    const [made] = await trail(key, row.id);
    expect(made).toMatchObject({ action: 'create', actor: client.user?.name });
    // Another organisation's administrator reads nothing of it.
    if (entity.org) expect(await (await person('admin', 'second')).json('GET', `/app/audit?entity=${key}&record=${row.id}`)).toMatchObject({ total: 0, items: [] });
    const ruled = new Set((entity.rules ?? []).flatMap((rule) => Object.values(rule).map(String)));
    const field = writable(entity, client.user).find(([name, { type, target, pattern }]) => type === 'text' && !target && !pattern && !ruled.has(name) && name !== entity.workflow?.field);
    if (field && reach(entity, 'update', client.user) !== 'none') {
      const value = valueFor(field[1], 'Changed');
      expect((await client.call('PATCH', `/${entity.path}/${row.id}`, { [field[0]]: value })).status).toBe(200);
      const [changed] = await trail(key, row.id);
      expect(changed?.changes[field[0]]).toEqual([row[field[0] as keyof typeof row], value]);
    }
    if (reach(entity, 'delete', client.user) === 'none' || entity.softDelete) return;
    expect((await client.call('DELETE', `/${entity.path}/${row.id}`)).status).toBe(204);
    expect((await trail(key, row.id))[0]).toMatchObject({ action: 'delete', actor: client.user?.name });
  });
});

describe('the audit trail', () => {
  it('is for administrators alone', async () => {
    expect((await guest().call('GET', '/app/audit')).status).toBe(401);
    const member = await person(defaultRole);
    if (member.user?.role !== 'admin') expect((await member.call('GET', '/app/audit')).status).toBe(403);
    expect(await asUser(member.user, (tx) => tx`select from app_audit limit 1`)).toHaveLength(0);
  });

  it('is written by the database, and changed by nobody', async () => {
    const { user } = await person('admin');
    const forged = asUser(user, (tx) => tx`insert into app_audit ${tx({ entity: audited[0] ?? '', record_id: user?.id ?? '', action: 'delete', actor_id: user?.id ?? '', changes: '{}' })}`);
    await expect(forged).rejects.toHaveProperty('code', '42501');
    expect(await asUser(user, (tx) => tx`update app_audit set changes = '{}'`)).toHaveProperty('count', 0);
    expect(await asUser(user, (tx) => tx`delete from app_audit`)).toHaveProperty('count', 0);
  });
});
