import { describe, expect, it } from 'vitest';
import { defaultRole } from '../shared/app';
import { asUser, withSettings } from '../server/db';
import { Client, guest, password, signedUp } from './support/client';

interface Opened {
  id: string;
  agent: string;
  current: boolean;
}

/** A person who is logged in on two devices. */
async function twice(): Promise<[Client, Client]> {
  const here = await signedUp(defaultRole);
  const there = new Client();
  await there.call('POST', '/auth/login', { email: here.user?.email, password }, { 'user-agent': 'Elsewhere/1' });
  return [here, there];
}

const signedIn = async (client: Client) => (await client.json('GET', '/auth/me')) !== null;

describe('one’s own account', () => {
  it('takes another name, and nothing else', async () => {
    const client = await signedUp(defaultRole);
    expect((await client.call('PATCH', '/auth/me', { name: ' ' })).status).toBe(422);
    await client.call('PATCH', '/auth/me', { name: 'Grace <b>H</b>', role: 'admin', email: 'x@example.com', blocked: true });
    expect(await client.json('GET', '/auth/me')).toEqual({ ...client.user, name: 'Grace <b>H</b>' });
    expect((await guest().call('PATCH', '/auth/me', { name: 'Eve' })).status).toBe(401);
    for (const change of [{ role: 'admin' }, { email: 'x@example.com' }]) {
      await expect(asUser(client.user, (tx) => tx`update app_users set ${tx(change)} where id = ${client.user?.id ?? ''}`)).rejects.toMatchObject({ code: '42501' });
    }
  });

  it('takes a new password for the current one, which ends the other sessions', async () => {
    const [here, there] = await twice();
    const before = here.cookie;
    const change = (current: string) => here.call('POST', '/auth/password', { current, password: 'another long password' });
    expect((await change('not this one')).status).toBe(422);
    expect(await signedIn(there)).toBe(true);
    expect((await change(password)).status).toBe(204);
    expect([await signedIn(here), await signedIn(there)]).toEqual([true, false]);
    // The session goes on under another token.
    expect(here.cookie).not.toBe(before);
    const old = new Client();
    old.cookie = before;
    expect(await signedIn(old)).toBe(false);
    expect((await guest().call('POST', '/auth/login', { email: here.user?.email, password })).status).toBe(401);
  });

  it('does not let the current password be guessed', async () => {
    const client = await signedUp(defaultRole);
    const statuses = await Promise.all(Array.from({ length: 12 }, async () => (await client.call('POST', '/auth/password', { current: 'wrong', password: 'another long password' })).status));
    expect(statuses.filter((status) => status === 429)).toHaveLength(2);
  });
});

describe('sessions', () => {
  it('are listed for their owner, who ends one or all', async () => {
    const [here, there] = await twice();
    const list = await here.json<Opened[]>('GET', '/auth/sessions');
    expect(list.map(({ current }) => current).toSorted()).toEqual([false, true]);
    expect(JSON.stringify(list)).not.toMatch(/[0-9a-f]{64}/);
    const other = list.find(({ current }) => !current);
    expect(other?.agent).toBe('Elsewhere/1');
    const stranger = await signedUp(defaultRole);
    expect((await stranger.call('DELETE', `/auth/sessions/${other?.id}`)).status).toBe(404);
    expect((await here.call('DELETE', `/auth/sessions/${other?.id}`)).status).toBe(204);
    expect([await signedIn(here), await signedIn(there)]).toEqual([true, false]);
    expect((await here.call('DELETE', '/auth/sessions')).status).toBe(204);
    expect(await signedIn(here)).toBe(false);
    expect((await guest().call('GET', '/auth/sessions')).status).toBe(401);
  });

  it('get a new token at every login: one that was planted opens nothing', async () => {
    const client = await signedUp(defaultRole);
    const before = client.cookie;
    await client.call('POST', '/auth/login', { email: client.user?.email, password });
    expect(client.cookie).not.toBe(before);
    const old = new Client();
    old.cookie = before;
    expect(await signedIn(old)).toBe(false);
  });

  it.each(['seen_at = now() - interval \'8 days\'', 'expires_at = now() - interval \'1 minute\''])('end with time: %s', async (change) => {
    const client = await signedUp(defaultRole);
    expect(await signedIn(client)).toBe(true);
    await withSettings({ user_id: client.user?.id ?? '' }, async (tx) => {
      const [{ token_hash: hash } = { token_hash: '' }] = await tx<{ token_hash: string }[]>`select token_hash from app_sessions`;
      await tx`select set_config('app.session', ${hash}, true)`;
      await tx.unsafe(`update app_sessions set ${change}`);
    });
    expect(await signedIn(client)).toBe(false);
  });

  it('go on with use', async () => {
    const client = await signedUp(defaultRole);
    const seen = () => withSettings({ user_id: client.user?.id ?? '' }, async (tx) => (await tx`select seen_at > now() - interval '1 minute' as now from app_sessions`)[0]?.now as boolean);
    await withSettings({ user_id: client.user?.id ?? '' }, async (tx) => {
      const [{ token_hash: hash } = { token_hash: '' }] = await tx<{ token_hash: string }[]>`select token_hash from app_sessions`;
      await tx`select set_config('app.session', ${hash}, true)`;
      await tx`update app_sessions set seen_at = now() - interval '6 days'`;
    });
    expect(await seen()).toBe(false);
    expect(await signedIn(client)).toBe(true);
    expect(await seen()).toBe(true);
  });

  it('have a cookie that only this host can set, where it is reached by https', async () => {
    const { user } = await signedUp(defaultRole);
    const client = new Client();
    const https = { 'x-forwarded-proto': 'https' };
    const cookie = (await client.call('POST', '/auth/login', { email: user?.email, password }, https)).headers.get('set-cookie');
    expect(cookie).toMatch(/^__Host-.*; Path=\/.*; HttpOnly; Secure; SameSite=Lax/);
    expect(cookie).not.toMatch(/Domain/i);
    expect(await (await client.call('GET', '/auth/me', undefined, https)).json()).toMatchObject({ id: user?.id });
    const planted = new Client();
    planted.cookie = client.cookie.replace('__Host-', '');
    expect(await (await planted.call('GET', '/auth/me', undefined, https)).json()).toBeNull();
  });
});
