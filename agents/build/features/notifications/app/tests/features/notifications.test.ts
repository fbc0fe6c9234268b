import { beforeAll, describe, expect, it } from 'vitest';
import { defaultRole } from '../../shared/app';
import { kinds } from '../../shared/features/notifications';
import { announce } from '../../server/changes';
import { asUser } from '../../server/db';
import { type Client, guest, signedUp } from '../support/client';

let ada: Client;
let ben: Client;
const id = (of: Client) => of.user?.id ?? '';

interface Answer {
  items: { id: string; text: string; path: string; kind: string; read: boolean }[];
  next: string | null;
}

const tell = (from: Client | null, to: Client, text: string, kind?: string) => asUser(from?.user ?? null, (tx) => announce(tx, { to: id(to), text, path: `/somewhere/${encodeURIComponent(text.slice(0, 20))}`, ...(kind ? { kind } : {}) }));
const unread = async (of: Client) => (await of.json<{ unread: number }>('GET', '/app/notifications/unread')).unread;
const texts = async (of: Client) => (await of.json<Answer>('GET', '/app/notifications')).items.map(({ text }) => text);

beforeAll(async () => {
  [ada, ben] = await Promise.all([signedUp(defaultRole), signedUp(defaultRole)]);
});

describe('notifications', () => {
  it('reach their person, are counted, and are read one by one, by page, or all', async () => {
    for (const text of ['First <b>🦊</b>', 'Second', 'Third', 'Fourth']) await tell(ada, ben, text);
    await tell(null, ben, 'From a guest');
    expect(await unread(ben)).toBe(5);
    expect(await unread(ada)).toBe(0);
    const { items } = await ben.json<Answer>('GET', '/app/notifications');
    expect(items.map(({ text }) => text).toSorted()).toEqual(['First <b>🦊</b>', 'Fourth', 'From a guest', 'Second', 'Third']);
    const first = items.find(({ text }) => text === 'Second');
    expect((await ada.call('POST', `/app/notifications/${first?.id}/read`)).status).toBe(404);
    expect((await ben.call('POST', `/app/notifications/${first?.id}/read`)).status).toBe(204);
    expect(await ben.json('POST', '/app/notifications/seen', { path: '/somewhere/Third' })).toEqual({ read: 1 });
    expect(await unread(ben)).toBe(3);
    expect((await ada.call('POST', '/app/notifications/read')).status).toBe(204);
    expect(await unread(ben)).toBe(3);
    expect((await ben.call('POST', '/app/notifications/read')).status).toBe(204);
    expect(await unread(ben)).toBe(0);
  });

  it('are not of what one does oneself, and not twice while they are unread', async () => {
    await tell(ada, ada, 'I did it');
    expect(await texts(ada)).toEqual([]);
    const reader = await signedUp(defaultRole);
    await Promise.all([tell(ada, reader, 'Again'), tell(ada, reader, 'Again'), tell(ben, reader, 'Again')]);
    expect(await unread(reader)).toBe(2);
    await reader.call('POST', '/app/notifications/read');
    await tell(ada, reader, 'Again');
    expect(await unread(reader)).toBe(1);
    await tell(ada, reader, '🦊'.repeat(300));
    expect(await texts(reader)).toContain('🦊'.repeat(200));
  });

  it('of a kind that somebody silenced are not shown until they are wanted again', async () => {
    const reader = await signedUp(defaultRole);
    const [kind = 'other'] = kinds;
    await tell(ada, reader, 'Quiet', kind);
    expect((await reader.call('PATCH', '/app/notifications/settings', { [kind]: 'no' })).status).toBe(422);
    expect((await reader.call('PATCH', '/app/notifications/settings', { [kind]: false, unknown: false })).status).toBe(204);
    expect(await reader.json('GET', '/app/notifications/settings')).toEqual({ ...Object.fromEntries(kinds.map((each) => [each, true])), [kind]: false });
    expect(await unread(reader)).toBe(0);
    expect(await texts(reader)).toEqual([]);
    await reader.call('PATCH', '/app/notifications/settings', { [kind]: true });
    expect(await texts(reader)).toEqual(['Quiet']);
    expect(await ben.json('GET', '/app/notifications/settings')).toMatchObject({ [kind]: true });
  });

  it('come in parts, and the oldest of very many go', async () => {
    const reader = await signedUp(defaultRole);
    await asUser(ada.user, (tx) => tx`insert into app_notifications (person_id, kind, text, path) select ${id(reader)}, 'other', 'News ' || number, '/' from generate_series(1, 1040) number`);
    expect(await unread(reader)).toBe(100);
    const first = await reader.json<Answer>('GET', '/app/notifications');
    const second = await reader.json<Answer>('GET', `/app/notifications?before=${first.next}`);
    expect(new Set([...first.items, ...second.items].map((each) => each.id)).size).toBe(60);
    const [kept] = await asUser(reader.user, (tx) => tx`select count(*)::int as count from app_notifications`);
    expect(kept?.count).toBe(1_000);
  });

  it('are closed to guests, and cannot be forged', async () => {
    for (const [method, path] of [['GET', ''], ['GET', '/unread'], ['GET', '/settings'], ['PATCH', '/settings'], ['POST', '/read'], ['POST', '/seen']] as const) {
      expect((await guest().call(method, `/app/notifications${path}`, method === 'GET' ? undefined : {})).status).toBe(401);
    }
    const insert = (values: Record<string, string>) => asUser(ada.user, (tx) => tx`insert into app_notifications ${tx({ person_id: id(ben), kind: 'other', text: 'forged', path: '/', ...values })}`);
    await expect(insert({ actor_id: id(ben) })).rejects.toMatchObject({ code: '42501' });
    for (const path of ['//evil.example', 'https://evil.example', String.raw`/\evil.example`]) await expect(insert({ path })).rejects.toMatchObject({ code: '23514' });
    expect(await asUser(ada.user, (tx) => tx`select id from app_notifications where person_id = ${id(ben)}`)).toHaveLength(0);
    // Without a WHERE no rule for reading helps: so this is somebody without news.
    const nobody = await signedUp(defaultRole);
    expect(await asUser(nobody.user, (tx) => tx`update app_notifications set read_at = now()`)).toHaveProperty('count', 0);
    expect(await asUser(nobody.user, (tx) => tx`delete from app_notifications`)).toHaveProperty('count', 0);
    await expect(asUser(ada.user, (tx) => tx`insert into app_silenced ${tx({ person_id: id(ben), kind: 'other' })}`)).rejects.toMatchObject({ code: '42501' });
  });
});
