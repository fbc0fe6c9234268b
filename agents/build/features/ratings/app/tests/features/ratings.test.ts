import { describe, expect, it } from 'vitest';
import { defaultRole, roles } from '../../shared/app';
import { type Entity, type Page, reach, type Row } from '../../shared/entity';
import { highest, rated } from '../../shared/features/ratings';
import { entityOf } from '../../shared/model';
import { asUser } from '../../server/db';
import { type Client, guest, person, signedUp } from '../support/client';
import { author, create } from '../support/records';
import { oncePerPerson } from '../support/rules';

/** Two who see the records of others. */
async function readers(entity: Entity, owner: Client): Promise<[Client, Client] | null> {
  const colleague = () => signedUp(owner.user?.role ?? '', owner.user?.org);
  if (entity.org) return [await colleague(), await colleague()];
  for (const role of [owner.user?.role ?? '', ...roles.map(({ key }) => key)]) {
    const reader = await person(role, 'second');
    if (reach(entity, 'read', reader.user) !== 'all') continue;
    const other = roles.map(({ key }) => key).find((key) => key !== role && reach(entity, 'read', { id: '', email: '', name: '', role: key }) === 'all');
    return [reader, other === undefined ? reader : await person(other, 'second')];
  }
  return null;
}

describe.each(Object.entries(rated))('ratings of %s', (key, { table, own }) => {
  const entity = entityOf(key);
  const scene = async () => {
    const owner = await author(entity);
    if (!owner || reach(entity, 'read', owner.user) === 'none') return null;
    const { id } = await create(entity, owner);
    const [reader, other] = (await readers(entity, owner)) ?? [owner, owner];
    const summary = async (client: Client) => (await client.json<Record<string, unknown>>('GET', `/app/ratings/${entity.path}?ids=${id},nonsense`))[id];
    return { owner, reader, other, id, path: `/${entity.path}/${id}/rating`, summary };
  };

  it('count each person once, and can be changed and taken back', async (test) => {
    const found = await scene();
    if (!found) return test.skip('nobody may create and read the records');
    const { reader, other, path, summary } = found;
    for (const value of [0, highest + 1, 1.5, '3', null]) expect((await reader.call('POST', path, { value })).status).toBe(422);
    expect(await summary(reader)).toBeUndefined();
    expect(await reader.json('POST', path, { value: 1 })).toEqual({ average: 1, count: 1, mine: 1 });
    const at = await Promise.all(Array.from({ length: 4 }, () => reader.call('POST', path, { value: highest })));
    expect(at.map((each) => each.status)).toEqual([200, 200, 200, 200]);
    expect(await summary(reader)).toEqual({ average: highest, count: 1, mine: highest });
    if (other !== reader) expect(await other.json('POST', path, { value: 1 })).toEqual({ average: (highest + 1) / 2, count: 2, mine: 1 });
    expect((await reader.call('DELETE', path)).status).toBe(204);
    expect((await reader.call('DELETE', path)).status).toBe(404);
    expect(await summary(reader)).toEqual(other === reader ? undefined : { average: 1, count: 1, mine: null });
  });

  it('put lists in order, what is not rated last', async (test) => {
    const found = await scene();
    if (!found) return test.skip('nobody may create and read the records');
    const { owner, reader } = found;
    const far = reach(entity, 'list', reader.user);
    if (far === 'none' || (far === 'own' && reader !== owner)) return test.skip('nobody may rate and list the records');
    if (far === 'own' && oncePerPerson(entity)) return test.skip('who lists their own has one only');
    const another = async () => (await create(entity, oncePerPerson(entity) ? ((await author(entity)) ?? owner) : owner)).id;
    const [good, bad, none] = [found.id, await another(), await another()];
    for (const [id, value] of [[good, highest], [bad, 1]] as const) expect((await reader.call('POST', `/${entity.path}/${id}/rating`, { value })).status).toBe(200);
    const page = (sort: string, number: number) => reader.json<Page<Row>>('GET', `/${entity.path}?sort=${sort}&pageSize=200&page=${number}`);
    const order = async (sort: string) => {
      const { total, pageSize } = await page(sort, 1);
      const pages = await Promise.all(Array.from({ length: Math.ceil(total / pageSize) }, (_, index) => page(sort, index + 1)));
      return pages.flatMap(({ items }) => items).map(({ id }) => id).filter((id) => [good, bad, none].includes(id));
    };
    expect(await order('-_rating')).toEqual([good, bad, none]);
    expect(await order('_rating')).toEqual([bad, good, none]);
  });

  it('are refused to guests, of what one does not see, and of what is not there', async (test) => {
    const found = await scene();
    if (!found) return test.skip('nobody may create and read the records');
    const { owner, reader, path } = found;
    expect((await guest().call('POST', path, { value: 1 })).status).toBe(401);
    if (reach(entity, 'read', null) === 'none' && reach(entity, 'list', null) === 'none') {
      expect((await guest().call('GET', `/app/ratings/${entity.path}?ids=${found.id}`)).status).toBe(401);
      expect(await asUser(null, (tx) => tx`select id from ${tx(table)}`)).toHaveLength(0);
    }
    expect((await reader.call('POST', path.replace(found.id, crypto.randomUUID()), { value: 1 })).status).toBe(404);
    const stranger = await person(owner.user?.role ?? '', 'second');
    if (reach(entity, 'read', stranger.user) !== 'all') {
      await reader.call('POST', path, { value: 1 });
      expect((await stranger.call('POST', path, { value: 1 })).status).toBe(404);
      expect(await found.summary(stranger)).toBeUndefined();
      expect(await asUser(stranger.user, (tx) => tx`select id from ${tx(table)} where record_id = ${found.id}`)).toHaveLength(0);
      await expect(asUser(stranger.user, (tx) => tx`insert into ${tx(table)} ${tx({ record_id: found.id, value: 1 })}`)).rejects.toMatchObject({ code: '42501' });
    }
  });

  it('of what is one’s own are refused where others rate it', async (test) => {
    const found = await scene();
    if (!found || own) return test.skip('people rate their own records');
    expect((await found.owner.call('POST', found.path, { value: 1 })).status).toBe(403);
    await expect(asUser(found.owner.user, (tx) => tx`insert into ${tx(table)} ${tx({ record_id: found.id, value: 1 })}`)).rejects.toMatchObject({ code: '42501' });
  });

  it('cannot be given or changed in the name of another', async (test) => {
    const found = await scene();
    if (!found) return test.skip('nobody may create and read the records');
    const { reader, path, id } = found;
    const other = await person(reader.user?.role ?? '', 'first');
    await reader.call('POST', path, { value: 1 });
    const forged = { record_id: id, value: 1, owner_id: other === reader ? crypto.randomUUID() : (other.user?.id ?? '') };
    await expect(asUser(reader.user, (tx) => tx`insert into ${tx(table)} ${tx(forged)}`)).rejects.toMatchObject({ code: '42501' });
    // Without a WHERE no rule for reading helps: so this is somebody who has rated nothing.
    const nobody = await signedUp(defaultRole);
    expect(await asUser(nobody.user, (tx) => tx`update ${tx(table)} set value = 1`)).toHaveProperty('count', 0);
    expect(await asUser(nobody.user, (tx) => tx`delete from ${tx(table)}`)).toHaveProperty('count', 0);
  });
});
