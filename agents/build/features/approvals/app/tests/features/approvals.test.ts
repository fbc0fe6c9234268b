import { describe, expect, it } from 'vitest';
import { reach, type Row, writable } from '../../shared/entity';
import { approved, approvers } from '../../shared/features/approvals';
import { entityOf } from '../../shared/model';
import { asUser } from '../../server/db';
import { guest, person } from '../support/client';
import { author, inputFor, valueFor } from '../support/records';

describe.each(Object.entries(approved))('approvals of %s', (key, table) => {
  const entity = entityOf(key);
  const url = `/${entity.path}`;

  it('let others see a record, and a change by its author takes them back', async (test) => {
    const client = await author(entity);
    if (!client?.user || approvers.includes(client.user.role) || reach(entity, 'read', client.user) === 'none') return test.skip('only approvers make and read them');
    const { update, delete: remove } = entity.access;
    if (client.user.role !== 'member' && [...update, ...remove].includes(client.user.role)) return test.skip('who makes them looks after all of them');
    const row = await client.json<Row>('POST', url, await inputFor(entity, client));
    const other = await person(client.user.role, 'second');
    const open = reach(entity, 'read', other.user) === 'all';
    const approver = await person(approvers[0] ?? '');
    const seen = async () => (await other.call('GET', `${url}/${row.id}`)).status === 200;
    expect(await seen()).toBe(false);
    expect(await asUser(other.user, (tx) => tx`select from ${tx(entity.table)} where id = ${row.id}`)).toHaveLength(0);
    expect(await approver.json<{ id: string }[]>('GET', '/app/approvals')).toContainEqual(expect.objectContaining({ id: row.id }));
    expect((await client.call('POST', `${url}/${row.id}/approval`, { approved: true })).status).toBe(403);
    expect((await guest().call('POST', `${url}/${row.id}/approval`, { approved: true })).status).toBe(401);
    await expect(asUser(client.user, (tx) => tx`insert into ${tx(table)} (record_id) values (${row.id})`)).rejects.toHaveProperty('code', '42501');

    expect((await approver.call('POST', `${url}/${row.id}/approval`, { approved: true })).status).toBe(200);
    expect(await seen()).toBe(open);
    const field = writable(entity, client.user).find(([name, { type, pattern }]) => ['text', 'longtext', 'markdown'].includes(type) && !pattern && name !== entity.workflow?.field);
    if (!field || reach(entity, 'update', client.user) === 'none') return;
    expect((await client.call('PATCH', `${url}/${row.id}`, { [field[0]]: valueFor(field[1], 'Changed') })).status).toBe(200);
    expect(await seen()).toBe(false);
  });
});
