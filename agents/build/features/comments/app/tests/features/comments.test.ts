import { describe, expect, it } from 'vitest';
import { defaultRole } from '../../shared/app';
import { reach } from '../../shared/entity';
import { commented } from '../../shared/features/comments';
import { entityOf } from '../../shared/model';
import { asUser } from '../../server/db';
import { guest, person, signedUp } from '../support/client';
import { author, create } from '../support/records';

describe.each(Object.entries(commented))('comments on %s', (key, table) => {
  const entity = entityOf(key);

  it('are written and read by who sees the record, and deleted by their author alone', async (test) => {
    const owner = await author(entity);
    if (!owner || reach(entity, 'read', owner.user) === 'none') return test.skip('nobody may create and read the records');
    const path = `/${entity.path}/${(await create(entity, owner)).id}/comments`;
    expect((await owner.call('POST', path, { body: ' ' })).status).toBe(422);
    expect((await owner.call('POST', path, { body: 'x'.repeat(4_001) })).status).toBe(422);
    expect((await owner.call('POST', path, { body: 'a\0b' })).status).toBe(422);
    const made = await owner.json<{ id: string }>('POST', path, { body: "It's <b>good</b> 👍" });
    expect(await owner.json('GET', path)).toMatchObject([{ id: made.id, body: "It's <b>good</b> 👍", mine: true }]);
    const other = await person(owner.user?.role ?? '', 'second');
    const visible = reach(entity, 'read', owner.user) === 'all';
    const id = path.split('/')[2] ?? '';
    expect(await owner.json('GET', `/app/comments/${entity.path}?ids=${id},nonsense`)).toEqual({ [id]: 1 });
    if (!visible) expect(await other.json('GET', `/app/comments/${entity.path}?ids=${id}`)).toEqual({});
    expect((await other.call('GET', path)).status).toBe(visible ? 200 : 404);
    expect((await other.call('POST', path, { body: 'Me too' })).status).toBe(visible ? 201 : 404);
    expect((await other.call('DELETE', `${path}/${made.id}`)).status).toBe(other.user?.role === 'admin' ? 204 : 404);
    if (other.user?.role !== 'admin') expect((await owner.call('DELETE', `${path}/${made.id}`)).status).toBe(204);
    expect((await guest().call('POST', path, { body: 'Hello' })).status).toBe(401);
    if (reach(entity, 'read', null) === 'none') expect((await guest().call('GET', path)).status).toBe(401);
    if (reach(entity, 'read', null) === 'none' && reach(entity, 'list', null) === 'none') {
      expect((await guest().call('GET', `/app/comments/${entity.path}?ids=${id}`)).status).toBe(401);
      expect(await asUser(null, (tx) => tx`select id from ${tx(table)}`)).toHaveLength(0);
    }
    const nowhere = path.replace(id, crypto.randomUUID());
    for (const method of ['GET', 'POST']) expect((await owner.call(method, nowhere, method === 'GET' ? undefined : { body: 'Hello' })).status).toBe(404);
  });

  it('cannot be written in the name of another', async (test) => {
    const owner = await author(entity);
    if (!owner || reach(entity, 'read', owner.user) === 'none') return test.skip('nobody may create and read the records');
    const { id } = await create(entity, owner);
    const other = await person(owner.user?.role ?? '', 'second');
    const forged = asUser(owner.user, (tx) => tx`insert into ${tx(table)} ${tx({ record_id: id, owner_id: other.user?.id ?? '', body: 'forged' })}`);
    await expect(forged).rejects.toMatchObject({ code: '42501' });
  });

  it('of another are neither changed nor deleted by statements, nor read where the record is hidden', async (test) => {
    const owner = await author(entity);
    if (!owner || reach(entity, 'read', owner.user) === 'none') return test.skip('nobody may create and read the records');
    const path = `/${entity.path}/${(await create(entity, owner)).id}/comments`;
    const { id } = await owner.json<{ id: string }>('POST', path, { body: 'Mine' });
    // Without a WHERE no rule for reading helps: so this is somebody with no comments of their own.
    const { user } = await signedUp(owner.user?.role === 'admin' ? defaultRole : (owner.user?.role ?? ''));
    expect(await asUser(user, (tx) => tx`update ${tx(table)} set body = 'forged'`)).toHaveProperty('count', 0);
    expect(await asUser(user, (tx) => tx`delete from ${tx(table)}`)).toHaveProperty('count', 0);
    const visible = reach(entity, 'read', user) === 'all' || reach(entity, 'list', user) === 'all';
    expect(await asUser(user, (tx) => tx`select from ${tx(table)} where id = ${id}`)).toHaveLength(visible ? 1 : 0);
  });
});
