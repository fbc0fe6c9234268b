import { beforeAll, describe, expect, it } from 'vitest';
import { defaultRole } from '../../shared/app';
import { asUser } from '../../server/db';
import { type Client, guest, person, signedUp } from '../support/client';

let ada: Client;
let ben: Client;
let eve: Client;
const id = (of: Client) => of.user?.id ?? '';
const path = (to: Client) => `/app/messages/with/${id(to)}`;
const write = (from: Client, to: Client, body: unknown) => from.call('POST', path(to), { body });

interface Answer {
  items: { id: string; body: string; mine: boolean; read_at: string | null }[];
  next: string | null;
}

beforeAll(async () => {
  ada = await signedUp(defaultRole);
  [ben, eve] = await Promise.all([signedUp(defaultRole, ada.user?.org), signedUp(defaultRole, ada.user?.org)]);
});

describe('messages', () => {
  it('are read by the two and by nobody else', async () => {
    const made = await ada.json<{ id: string }>('POST', path(ben), { body: ' Hello <b>Ben</b> 🦊 ' });
    expect(await ben.json('GET', '/app/messages/unread')).toEqual({ unread: 1 });
    expect(await ben.json('GET', '/app/messages')).toMatchObject({ items: [{ id: id(ada), body: 'Hello <b>Ben</b> 🦊', unread: 1, mine: false }], more: false });
    expect(await ben.json('GET', path(ada))).toMatchObject({ person: { id: id(ada) }, blocked: false, items: [{ id: made.id, mine: false, read_at: null }] });
    expect((await ben.call('POST', `${path(ada)}/read`)).status).toBe(204);
    expect(await ben.json('GET', '/app/messages/unread')).toEqual({ unread: 0 });
    const [seen] = (await ada.json<Answer>('GET', path(ben))).items;
    expect(seen).toMatchObject({ mine: true, read_at: expect.any(String) });

    expect(await eve.json('GET', '/app/messages')).toEqual({ items: [], more: false });
    expect((await eve.json<Answer>('GET', path(ada))).items).toEqual([]);
    const admin = await person('admin');
    for (const stranger of [eve, admin]) expect(await asUser(stranger.user, (tx) => tx`select id from app_messages where id = ${made.id}`)).toHaveLength(0);
    for (const client of [guest()]) for (const address of ['/app/messages', '/app/messages/unread', path(ada), '/app/messages/people?q=a']) expect((await client.call('GET', address)).status).toBe(401);
    expect((await guest().call('POST', path(ada), { body: 'Hello' })).status).toBe(401);
  });

  it('must be texts, to somebody else who is there', async () => {
    for (const body of [' ', null, 7, 'x'.repeat(4_001), 'a\0b']) expect((await write(ada, ben, body)).status).toBe(422);
    expect((await write(ada, ada, 'Hello')).status).toBe(409);
    expect((await ada.call('POST', `/app/messages/with/${crypto.randomUUID()}`, { body: 'Hello' })).status).toBe(404);
    await expect(asUser(ada.user, (tx) => tx`insert into app_messages ${tx({ to_id: id(ada), body: 'to myself' })}`)).rejects.toMatchObject({ code: '23514' });
  });

  it('cannot be forged or changed', async () => {
    const insert = (values: Record<string, string>) => asUser(eve.user, (tx) => tx`insert into app_messages ${tx(values)}`);
    for (const values of [{ from_id: id(ada), to_id: id(ben) }, { from_id: id(ada), to_id: id(eve) }]) await expect(insert({ ...values, body: 'forged' })).rejects.toMatchObject({ code: '42501' });
    const { id: message } = await ada.json<{ id: string }>('POST', path(ben), { body: 'As it is' });
    await expect(asUser(ben.user, (tx) => tx`update app_messages set body = 'other' where id = ${message}`)).rejects.toMatchObject({ code: '42501' });
    for (const client of [ada, eve]) expect(await asUser(client.user, (tx) => tx`update app_messages set read_at = now() where id = ${message} returning id`)).toHaveLength(0);
    expect(await asUser(ada.user, (tx) => tx`delete from app_messages where id = ${message} returning id`)).toHaveLength(0);
    await expect(asUser(eve.user, (tx) => tx`insert into app_conversations ${tx({ one_id: [id(ada), id(ben)].toSorted()[0] ?? '', other_id: [id(ada), id(ben)].toSorted()[1] ?? '' })}`)).rejects.toMatchObject({ code: '42501' });
    expect(await asUser(eve.user, (tx) => tx`update app_conversations set last_at = now()`)).toHaveProperty('count', 0);
    expect(await asUser(eve.user, (tx) => tx`select one_id from app_conversations`)).toHaveLength(0);
  });

  it('come in parts, in the order in which they were sent', async () => {
    const [from, to] = [await signedUp(defaultRole, ada.user?.org), await signedUp(defaultRole, ada.user?.org)];
    for (let index = 0; index < 30; index += 1) await Promise.all([write(from, to, `${index}`), write(to, from, `${index}`)]);
    const first = await from.json<Answer>('GET', path(to));
    expect(first.items).toHaveLength(50);
    const second = await from.json<Answer>('GET', `${path(to)}?before=${first.next}`);
    const all = [...first.items, ...second.items];
    expect(new Set(all.map((each) => each.id)).size).toBe(60);
    for (const mine of [true, false]) expect(all.filter((each) => each.mine === mine).map((each) => each.body)).toEqual(Array.from({ length: 30 }, (_, index) => String(29 - index)));
    expect(second.next).toBeNull();
    expect((await from.call('GET', `${path(to)}?before=nonsense`)).status).toBe(200);
  });

  it('are too many at some time, however many are sent at once', async () => {
    const from = await signedUp(defaultRole, ada.user?.org);
    await asUser(from.user, async (tx) => tx`insert into app_messages (to_id, body) select ${id(eve)}, 'again' from generate_series(1, 55)`);
    const statuses = (await Promise.all(Array.from({ length: 8 }, () => write(from, eve, 'again')))).map(({ status }) => status);
    expect(statuses.filter((status) => status === 201)).toHaveLength(5);
    expect(statuses.filter((status) => status === 429)).toHaveLength(3);
  });

  it('from somebody blocked are refused, and so are those to them', async () => {
    expect((await ben.call('POST', `${path(eve)}/block`)).status).toBe(204);
    expect((await ben.call('POST', `${path(eve)}/block`)).status).toBe(204);
    expect((await write(eve, ben, 'Let me in')).status).toBe(403);
    expect((await write(ben, eve, 'No')).status).toBe(409);
    await expect(asUser(eve.user, (tx) => tx`insert into app_messages ${tx({ to_id: id(ben), body: 'Let me in' })}`)).rejects.toMatchObject({ code: '42501' });
    expect(await asUser(eve.user, (tx) => tx`delete from app_blocks where owner_id = ${id(ben)} returning owner_id`)).toHaveLength(0);
    await expect(asUser(eve.user, (tx) => tx`insert into app_blocks ${tx({ owner_id: id(ada), person_id: id(ben) })}`)).rejects.toMatchObject({ code: '42501' });
    expect((await ben.call('POST', `${path(ben)}/block`)).status).toBe(409);
    expect(await ben.json('GET', path(eve))).toMatchObject({ blocked: true, refused: false });
    expect(await asUser(ada.user, (tx) => tx`select owner_id from app_blocks`)).toHaveLength(0);
    expect((await ben.call('DELETE', `${path(eve)}/block`)).status).toBe(204);
    expect((await write(eve, ben, 'Thank you')).status).toBe(201);
  });

  it('find the person to write to by name', async () => {
    const zoe = await signedUp(defaultRole, ada.user?.org);
    await zoe.call('PATCH', '/auth/me', { name: 'Zoë O’Hara <i>_%' });
    const find = async (q: string) => (await ada.json<{ id: string }[]>('GET', `/app/messages/people?q=${encodeURIComponent(q)}`)).map((each) => each.id);
    expect(await find('zoë o’hara <I>_%')).toContain(id(zoe));
    expect(await find('_o’hara')).toEqual([]);
  });
});
