import { describe, expect, it } from 'vitest';
import { defaultRole } from '../../shared/app';
import { reach, type Row } from '../../shared/entity';
import { marked } from '../../shared/features/favourites';
import { entityOf } from '../../shared/model';
import { asUser } from '../../server/db';
import { type Client, guest, person, signedUp } from '../support/client';
import { author, create } from '../support/records';
import { oncePerPerson } from '../support/rules';

interface Answer {
  items: { entity: string; row: Row }[];
  next: string | null;
}

const favourites = async (client: Client) => (await client.json<Answer>('GET', '/app/favourites')).items.map(({ row }) => row.id);

describe.each(Object.entries(marked))('favourites among %s', (key, table) => {
  const entity = entityOf(key);

  it('are listed for the one who marked them and for nobody else', async (test) => {
    const owner = await author(entity);
    if (!owner || reach(entity, 'read', owner.user) === 'none') return test.skip('nobody may create and read the records');
    const { id } = await create(entity, owner);
    const path = `/${entity.path}/${id}/favourite`;
    const twice = await Promise.all([owner.call('POST', path), owner.call('POST', path)]);
    expect(twice.map(({ status }) => status)).toEqual([204, 204]);
    expect((await favourites(owner)).filter((each) => each === id)).toHaveLength(1);
    expect(await owner.json('GET', `/app/favourites/${entity.path}?ids=${id}`)).toEqual({ [id]: true });

    const other = await person(owner.user?.role ?? '', 'second');
    expect(await favourites(other)).not.toContain(id);
    expect(await other.json('GET', `/app/favourites/${entity.path}?ids=${id}`)).toEqual({});
    expect(await asUser(other.user, (tx) => tx`select id from ${tx(table)} where record_id = ${id}`)).toHaveLength(0);
    expect((await other.call('POST', path)).status).toBe(reach(entity, 'read', other.user) === 'all' ? 204 : 404);
    expect((await other.call('DELETE', path)).status).toBe(204);
    expect(await favourites(owner)).toContain(id);

    expect((await owner.call('DELETE', path)).status).toBe(204);
    expect(await favourites(owner)).not.toContain(id);
  });

  it('are refused to guests and in the name of another', async (test) => {
    const owner = await author(entity);
    if (!owner || reach(entity, 'read', owner.user) === 'none') return test.skip('nobody may create and read the records');
    const { id } = await create(entity, owner);
    expect((await guest().call('POST', `/${entity.path}/${id}/favourite`)).status).toBe(401);
    expect((await guest().call('GET', `/app/favourites/${entity.path}?ids=${id}`)).status).toBe(401);
    expect((await owner.call('POST', `/${entity.path}/${crypto.randomUUID()}/favourite`)).status).toBe(404);
    expect((await guest().call('GET', '/app/favourites')).status).toBe(401);
    const other = await person(owner.user?.role ?? '', 'second');
    const forged = asUser(owner.user, (tx) => tx`insert into ${tx(table)} ${tx({ record_id: id, owner_id: other.user?.id ?? '' })}`);
    await expect(forged).rejects.toMatchObject({ code: '42501' });
    await owner.call('POST', `/${entity.path}/${id}/favourite`);
    // Without a WHERE no rule for reading helps: so this is somebody who has marked nothing.
    const nobody = await signedUp(defaultRole);
    expect(await asUser(nobody.user, (tx) => tx`update ${tx(table)} set created_at = now()`)).toHaveProperty('count', 0);
    expect(await asUser(nobody.user, (tx) => tx`delete from ${tx(table)}`)).toHaveProperty('count', 0);
  });
});

describe('the page of favourites', () => {
  it('comes in parts, the newest first, each once', async (test) => {
    const key = Object.keys(marked).find((each) => !oncePerPerson(entityOf(each)));
    if (key === undefined) return test.skip('each has one record only');
    const entity = entityOf(key);
    const owner = await author(entity);
    if (!owner || reach(entity, 'read', owner.user) === 'none') return test.skip('nobody may create and read the records');
    const made: string[] = [];
    for (let index = 0; index < 22; index += 1) {
      const { id } = await create(entity, owner);
      await owner.call('POST', `/${entity.path}/${id}/favourite`);
      made.push(id);
    }
    const first = await owner.json<Answer>('GET', '/app/favourites');
    expect(first.items).toHaveLength(20);
    const second = await owner.json<Answer>('GET', `/app/favourites?before=${first.next}`);
    const ids = [...first.items, ...second.items].map(({ row }) => row.id);
    expect(ids.slice(0, 22).toSorted()).toEqual(made.toSorted());
    expect(new Set(ids).size).toBe(ids.length);
    expect((await owner.call('GET', '/app/favourites?before=nonsense')).status).toBe(200);
  });
});
