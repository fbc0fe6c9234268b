import { describe, expect, it } from 'vitest';
import { reach, type Row } from '../../shared/entity';
import { fed, follows } from '../../shared/features/feed';
import { entityOf } from '../../shared/model';
import { asUser } from '../../server/db';
import { type Client, guest, person, signedUp } from '../support/client';
import { author, create } from '../support/records';
import { oncePerPerson } from '../support/rules';

interface Answer {
  items: { entity: string; row: Row; author: { id: string } | null }[];
  next: string | null;
}

const feed = async (client: Client) => (await client.json<Answer>('GET', '/app/feed')).items.map(({ row }) => row.id);

describe.each(fed.map((key) => [key]))('the feed of %s', (key) => {
  const entity = entityOf(key);

  it('shows what its reader may list, the newest first, and who made it', async (test) => {
    const owner = await author(entity);
    if (!owner || oncePerPerson(entity) || reach(entity, 'list', owner.user) === 'none') return test.skip('nobody may create several and list them');
    const older = await create(entity, owner);
    // Ids are the order: two within one millisecond have none.
    await new Promise((resolve) => { setTimeout(resolve, 2); });
    const newer = await create(entity, owner);
    const { items } = await owner.json<Answer>('GET', '/app/feed');
    const both = items.filter(({ row }) => row.id === older.id || row.id === newer.id);
    expect(both.map(({ row }) => row.id)).toEqual([newer.id, older.id]);
    expect(both[0]).toMatchObject({ entity: key, author: { id: owner.user?.id }, row: newer });
    const other = await person(owner.user?.role ?? '', 'second');
    expect((await feed(other)).includes(newer.id)).toBe(reach(entity, 'list', other.user) === 'all');
    const answer = await guest().call('GET', '/app/feed');
    const open = fed.some((each) => reach(entityOf(each), 'list', null) === 'all');
    expect(answer.status).toBe(open ? 200 : 401);
    if (open) expect(((await answer.json()) as Answer).items.some(({ row }) => row.id === newer.id)).toBe(reach(entity, 'list', null) === 'all');
  });

  it('is of the people whom its reader follows, once there are any', async (test) => {
    const owner = await author(entity);
    if (!follows || !owner || reach(entity, 'list', owner.user) !== 'all') return test.skip('the feed is of all, or each sees their own');
    const [followed, other] = [await signedUp(owner.user?.role ?? ''), await signedUp(owner.user?.role ?? '')];
    const hers = await create(entity, followed);
    const theirs = await create(entity, other);
    const reader = await signedUp(owner.user?.role ?? '');
    expect(await feed(reader)).toEqual(expect.arrayContaining([hers.id, theirs.id]));
    await asUser(reader.user, (tx) => tx`insert into app_follows ${tx({ person_id: followed.user?.id ?? '' })}`);
    const narrowed = await feed(reader);
    expect(narrowed).toContain(hers.id);
    expect(narrowed).not.toContain(theirs.id);
  });

  it('comes in parts, each record once', async (test) => {
    const owner = await author(entity);
    if (!owner || oncePerPerson(entity) || reach(entity, 'list', owner.user) === 'none') return test.skip('nobody may create several and list them');
    const made: string[] = [];
    for (let index = 0; index < 21; index += 1) made.push((await create(entity, owner)).id);
    const first = await owner.json<Answer>('GET', '/app/feed');
    const second = await owner.json<Answer>('GET', `/app/feed?before=${first.next}`);
    const seen = [...first.items, ...second.items].map(({ row }) => row.id);
    expect(first.items).toHaveLength(20);
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toEqual(expect.arrayContaining(made));
  });
});
