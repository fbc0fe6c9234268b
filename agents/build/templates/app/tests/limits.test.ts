import { afterEach, describe, expect, it, vi } from 'vitest';
import { defaultRole } from '../shared/app';
import { withSettings } from '../server/db';
import { keyOf, type Limited } from '../server/limits';
import { Client, guest, newEmail, signedUp } from './support/client';

afterEach(() => vi.unstubAllEnvs());

/** As if there had been as many attempts already. */
function before(what: Limited, kind: 'name' | 'network', value: string, count: number): Promise<unknown> {
  const key = keyOf(what, kind, value);
  return withSettings({ limit: key }, (tx) => tx`insert into app_limits ${tx({ key, count })}`);
}

const statuses = (count: number, call: () => Promise<Response>) => Promise.all(Array.from({ length: count }, async () => (await call()).status));
const refused = (all: number[]) => all.filter((status) => status === 429).length;

describe('attempts', () => {
  it('by one e-mail address are limited, with the time to wait', async () => {
    const email = newEmail();
    expect(refused(await statuses(4, () => guest().call('POST', '/auth/forgot', { email })))).toBe(1);
    const answer = await guest().call('POST', '/auth/forgot', { email });
    expect(answer.status).toBe(429);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(3_500);
    expect(Number(answer.headers.get('retry-after'))).toBeLessThanOrEqual(3_600);
  });

  it.each([
    ['/auth/login', 'login', 100, () => ({ email: newEmail(), password: 'wrong password' })],
    ['/auth/signup', 'signup', 30, () => ({ email: newEmail(), name: 'Eve', password: 'long enough for it', invitation: 'made up and long enough' })],
    ['/auth/forgot', 'forgot', 30, () => ({ email: newEmail() })],
    ['/auth/invitations/look', 'token', 30, () => ({ token: 'made up and long enough' })],
    ['/auth/reset', 'token', 30, () => ({ token: 'made up and long enough', password: 'long enough for it' })],
  ] as const)('from one network address are limited: %s', async (path, what, most, input) => {
    const client = new Client();
    await before(what, 'network', client.address, most - 2);
    expect(refused(await statuses(4, () => client.call('POST', path, input())))).toBe(2);
    expect((await guest().call('POST', path, input())).status).not.toBe(429);
  });

  it('are not hidden by a header that anybody can send', async () => {
    const client = new Client();
    const call = (index: number) => client.call('POST', '/auth/invitations/look', { token: 'made up and long enough' }, { 'x-forwarded-for': `192.0.2.${index}` });
    vi.spyOn(console, 'warn').mockImplementation(() => {});
    const all: number[] = [];
    for (let index = 0; index < 31; index += 1) all.push((await call(index)).status);
    vi.restoreAllMocks();
    expect(refused(all)).toBe(1);
  });

  it('behind a proxy are those of the visitor that it names', async () => {
    vi.stubEnv('TRUST_PROXY', '1');
    const client = new Client();
    const last = `198.51.100.${Math.floor(Math.random() * 256)}.${newEmail()}`;
    const call = (seen: string) => client.call('POST', '/auth/invitations/look', { token: 'made up and long enough' }, { 'x-forwarded-for': `made-up, ${seen}` });
    expect(refused(await statuses(31, () => call(last)))).toBe(1);
    expect((await call(`${last}0`)).status).not.toBe(429);
  });

  it('to invite are limited by who invites', async () => {
    const admin = await signedUp('admin');
    await before('invite', 'name', admin.user?.id ?? '', 48);
    const all = await statuses(4, () => admin.call('POST', '/auth/invitations', { email: newEmail(), role: defaultRole }));
    expect([refused(all), all.filter((status) => status === 201).length]).toEqual([2, 2]);
  });
});
