import { beforeAll, describe, expect, it } from 'vitest';
import { defaultRole } from '../../shared/app';
import { reach, type Row } from '../../shared/entity';
import { openToGuests, shown } from '../../shared/features/follow';
import { entityOf } from '../../shared/model';
import { asUser } from '../../server/db';
import { type Client, guest, person, signedUp } from '../support/client';
import { author, create } from '../support/records';

let ada: Client;
let ben: Client;
const path = (of: Client) => `/app/follow/people/${of.user?.id}`;

beforeAll(async () => {
  ada = await signedUp(defaultRole);
  ben = await signedUp(defaultRole, ada.user?.org);
});

describe('people', () => {
  it('follow others once, and stop', async () => {
    const twice = await Promise.all([ada.call('POST', path(ben)), ada.call('POST', path(ben))]);
    expect(twice.map(({ status }) => status)).toEqual([204, 204]);
    expect(await ada.json('GET', path(ben))).toMatchObject({ followers: 1, following: 0, followed: true, mine: false });
    expect(await ben.json('GET', path(ada))).toMatchObject({ followers: 0, following: 1, followed: false });
    expect(await ben.json('GET', `${path(ben)}/followers`)).toMatchObject({ items: [{ id: ada.user?.id }], next: null });
    expect(await ben.json('GET', `${path(ada)}/following`)).toMatchObject({ items: [{ id: ben.user?.id }], next: null });
    expect((await ada.call('DELETE', path(ben))).status).toBe(204);
    expect(await ada.json('GET', path(ben))).toMatchObject({ followers: 0, followed: false });
  });

  it('cannot follow themselves, nobody, or as another', async () => {
    expect((await ada.call('POST', path(ada))).status).toBe(409);
    expect((await ada.call('POST', path(ada).toUpperCase().replace('/APP/FOLLOW/PEOPLE', '/app/follow/people'))).status).toBe(409);
    await expect(asUser(ada.user, (tx) => tx`insert into app_follows ${tx({ person_id: ada.user?.id ?? '' })}`)).rejects.toMatchObject({ code: '23514' });
    expect((await ada.call('POST', `/app/follow/people/${crypto.randomUUID()}`)).status).toBe(404);
    expect((await guest().call('POST', path(ada))).status).toBe(401);
    const forged = asUser(ada.user, (tx) => tx`insert into app_follows ${tx({ owner_id: ben.user?.id ?? '', person_id: ada.user?.id ?? '' })}`);
    await expect(forged).rejects.toMatchObject({ code: '42501' });
    await ben.call('POST', path(ada));
    expect(await asUser(ada.user, (tx) => tx`delete from app_follows where owner_id = ${ben.user?.id ?? ''} returning id`)).toHaveLength(0);
  });

  it('are found by name, and seen by guests only where guests see records', async () => {
    const cleo = await signedUp(defaultRole, ada.user?.org);
    await cleo.call('PATCH', '/auth/me', { name: 'Cleo <b>100%_</b> 🦊' });
    const find = async (q: string) => (await ada.json<{ id: string }[]>('GET', `/app/follow/people?q=${encodeURIComponent(q)}`)).map(({ id }) => id);
    expect(await find('cleo <B>100%_')).toEqual([cleo.user?.id]);
    expect(await find('cleo%')).toEqual([]);
    expect(await find(' ')).toEqual([]);
    expect((await guest().call('GET', '/app/follow/people?q=cleo')).status).toBe(401);
    expect((await guest().call('GET', path(ada))).status).toBe(openToGuests ? 200 : 401);
    if (!openToGuests) expect(await asUser(null, (tx) => tx`select id from app_follows`)).toHaveLength(0);
  });

  it.each(shown.map((key) => [key]))('have a page with their %s, as far as its reader may see them', async (key) => {
    const entity = entityOf(key);
    const owner = await author(entity);
    if (!owner) return;
    const { id } = await create(entity, owner);
    const seen = async (client: Client) => (await client.json<{ items: { row: Row }[] }>('GET', `${path(owner)}/records`)).items.map(({ row }) => row.id);
    for (const client of [owner, await person(owner.user?.role ?? '', 'second'), ...(openToGuests ? [guest()] : [])]) {
      const far = reach(entity, 'list', client.user);
      const visible = far === 'all' || (far === 'own' && client === owner);
      expect((await seen(client)).includes(id)).toBe(visible);
    }
    expect(await ada.json('GET', `${path(ada)}/records`)).toEqual({ items: [], next: null });
  });
});
