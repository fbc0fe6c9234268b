import { describe, expect, it } from 'vitest';
import { defaultRole } from '../shared/app';
import { db, withSettings } from '../server/db';
import { Client, guest, newEmail, password, signedUp } from './support/client';
import { mailTo, tokenFor } from './support/mail';

const fresh = 'another long password';

async function asked(): Promise<{ member: Client; email: string; token: string }> {
  const member = await signedUp(defaultRole);
  const email = member.user?.email ?? '';
  expect((await guest().call('POST', '/auth/forgot', { email })).status).toBe(200);
  return { member, email, token: await tokenFor(email) };
}

const logIn = async (email: string, secret: string) => (await guest().call('POST', '/auth/login', { email, password: secret })).status;

describe('a forgotten password', () => {
  it('is replaced through the link once, which ends every session and logs in', async () => {
    const { member, email, token } = await asked();
    const client = new Client();
    const answer = await client.call('POST', '/auth/reset', { token, password: fresh });
    expect(answer.status).toBe(200);
    expect(await client.json('GET', '/auth/me')).toMatchObject({ id: member.user?.id });
    expect(await member.json('GET', '/auth/me')).toBeNull();
    expect([await logIn(email, password), await logIn(email, fresh)]).toEqual([401, 200]);
    expect((await guest().call('POST', '/auth/reset', { token, password: 'yet another password' })).status).toBe(404);
  });

  it('can be replaced once even when several try at the same time', async () => {
    const { member, token } = await asked();
    // While the account is held, all of them get as far as they can.
    const answers = await withSettings({ role: 'admin' }, async (tx) => {
      await tx`select id from app_users where id = ${member.user?.id ?? ''} for update`;
      const trying = [1, 2, 3].map((each) => guest().call('POST', '/auth/reset', { token, password: `new password ${each}` }));
      await new Promise((resolve) => setTimeout(resolve, 150));
      return { trying };
    });
    expect((await Promise.all(answers.trying)).map(({ status }) => status).toSorted()).toEqual([200, 404, 404]);
  });

  it('is answered alike whether there is an account, and in the same time', async () => {
    const member = await signedUp(defaultRole);
    const nobody = newEmail();
    const took: number[] = [];
    for (const email of [member.user?.email, nobody]) {
      const begun = performance.now();
      const answer = await guest().call('POST', '/auth/forgot', { email });
      took.push(performance.now() - begun);
      expect(await answer.json()).toEqual({ sent: false });
    }
    // Neither is answered before the work for an account would be done.
    for (const each of took) expect(each).toBeGreaterThanOrEqual(24);
    expect(await mailTo(nobody)).toEqual([]);
  });

  it('has a link that ends after an hour, at a newer one, and with a new password', async () => {
    const { email, token } = await asked();
    await guest().call('POST', '/auth/forgot', { email });
    expect((await guest().call('POST', '/auth/reset', { token, password: fresh })).status).toBe(404);
    const newer = await tokenFor(email);
    const id = (await withSettings({ email }, (tx) => tx`select id from app_users where email = ${email}`))[0]?.id as string;
    await withSettings({ user_id: id }, (tx) => tx`update app_resets set expires_at = expires_at - interval '61 minutes' where user_id = ${id}`);
    expect((await guest().call('POST', '/auth/reset', { token: newer, password: fresh })).status).toBe(404);
    expect((await guest().call('POST', '/auth/reset', { token: newer, password: 'short' })).status).toBe(422);
  });

  it('leaves nothing in the database that opens the account', async () => {
    const { member, token } = await asked();
    const rows = await withSettings({ user_id: member.user?.id ?? '' }, (tx) => tx`select token_hash from app_resets`);
    expect(rows).toHaveLength(1);
    expect(rows[0]?.token_hash).not.toContain(token);
    expect(await db()`select * from app_resets`).toHaveLength(0);
  });

  it('unlocks the login that guessing had closed', async () => {
    const { email, token } = await asked();
    await Promise.all(Array.from({ length: 11 }, () => logIn(email, 'wrong password')));
    expect(await logIn(email, password)).toBe(429);
    expect((await guest().call('POST', '/auth/reset', { token, password: fresh })).status).toBe(200);
    expect(await logIn(email, fresh)).toBe(200);
  });
});
