import { describe, expect, it } from 'vitest';
import { defaultRole, invitableRoles, openRoles, roles, signUpOpen } from '../shared/app';
import { asUser, withSettings } from '../server/db';
import { Client, guest, newEmail, password, person, signedUp } from './support/client';
import { mailTo, tokenFor } from './support/mail';

const role = invitableRoles.at(-1)?.key ?? defaultRole;

async function invited(): Promise<{ email: string; invitation: string }> {
  const email = newEmail();
  const answer = await (await person('admin')).call('POST', '/auth/invitations', { email, role });
  expect(answer.status, await answer.clone().text()).toBe(201);
  return { email, invitation: await tokenFor(email) };
}

const signUp = (input: object) => guest().call('POST', '/auth/signup', { name: 'Ada', password, organisation: 'Test organisation', ...input });

describe('an invitation', () => {
  it('gives its role to whoever it was sent to, once', async () => {
    const { email, invitation } = await invited();
    expect(await guest().json('POST', '/auth/invitations/look', { token: invitation })).toMatchObject({ email });
    expect((await signUp({ email: newEmail(), invitation })).status).toBe(422);
    const answer = await signUp({ email, invitation, role: 'admin' });
    expect(answer.status).toBe(422);
    const client = new Client();
    const made = await client.call('POST', '/auth/signup', { name: 'Ada', email, password, invitation, organisation: 'Test organisation' });
    expect(made.status, await made.clone().text()).toBe(201);
    expect(await client.json('GET', '/auth/me')).toMatchObject({ email, role });
    expect((await signUp({ email: newEmail(), invitation })).status).toBe(422);
    expect((await guest().call('POST', '/auth/invitations/look', { token: invitation })).status).toBe(404);
  });

  it('serves one even when two take it up at the same time', async () => {
    const { email, invitation } = await invited();
    const statuses = await Promise.all([signUp({ email, invitation }), signUp({ email, invitation })]);
    expect(statuses.map(({ status }) => status).toSorted()).toEqual([201, 422]);
  });

  it('ends after a week, and when it is taken back', async () => {
    const late = await invited();
    const admin = await person('admin');
    const list = await admin.json<{ id: string; email: string }[]>('GET', '/auth/invitations');
    const id = list.find(({ email }) => email === late.email)?.id;
    const other = await signedUp('admin');
    expect((await other.call('DELETE', `/auth/invitations/${id}`)).status).toBe(404);
    expect((await admin.call('DELETE', `/auth/invitations/${id}`)).status).toBe(204);
    expect((await signUp(late)).status).toBe(422);

    const old = await invited();
    await withSettings({ user_id: admin.user?.id ?? '', role: 'admin' }, async (tx) => {
      const [row] = await tx`delete from app_invitations where email = ${old.email} returning *`;
      await tx`insert into app_invitations ${tx({ ...row, expires_at: new Date(Date.now() - 1_000) })}`;
    });
    expect((await signUp(old)).status).toBe(422);
  });

  it('is sent by administrators alone, for roles that may be had so', async () => {
    const admin = await person('admin');
    const input = { email: newEmail(), role };
    expect((await guest().call('POST', '/auth/invitations', input)).status).toBe(401);
    for (const { key } of roles.filter((each) => each.key !== 'admin')) expect((await (await person(key)).call('POST', '/auth/invitations', input)).status).toBe(403);
    const closed = roles.filter(({ key }) => !invitableRoles.some((each) => each.key === key));
    for (const { key } of closed) expect((await admin.call('POST', '/auth/invitations', { ...input, role: key })).status).toBe(422);
    expect(await mailTo(input.email)).toEqual([]);
    const { user } = await person(defaultRole);
    const row = { token_hash: newEmail(), email: newEmail(), role, invited_by: user?.id ?? '', expires_at: new Date(Date.now() + 1_000) };
    await expect(asUser(user, (tx) => tx`insert into app_invitations ${tx(row)}`)).rejects.toMatchObject({ code: '42501' });
    expect((await admin.call('POST', '/auth/invitations', { email: user?.email, role })).status).toBe(422);
  });
});

describe('sign-up', () => {
  it('without an invitation is as open as the app says', async () => {
    await person('admin');
    expect((await signUp({ email: newEmail() })).status).toBe(signUpOpen ? 201 : 403);
    expect(await guest().json('GET', '/auth/signup')).toEqual({ open: signUpOpen });
  });

  it('gives no role that is not open, not even in the database', async () => {
    const open = new Set(openRoles.map(({ key }) => key));
    for (const { key } of roles.filter((each) => !open.has(each.key))) {
      expect((await signUp({ email: newEmail(), role: key })).status).toBe(422);
      const id = crypto.randomUUID();
      const forged = asUser({ id, role: 'guest' }, (tx) => tx`insert into app_users ${tx({ id, email: newEmail(), name: 'Eve', role: key, password_hash: 'x' })}`);
      await expect(forged, key).rejects.toMatchObject({ code: '42501' });
    }
  });

  it('makes one account of several at the same time with one address', async () => {
    if (!signUpOpen) return;
    const email = newEmail();
    const answers = await Promise.all([1, 2, 3].map(() => signUp({ email })));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 422, 422]);
  });
});

describe('administrators', () => {
  it('find accounts in pages', async () => {
    const admin = await person('admin');
    const email = `needle_${newEmail()}`;
    await withSettings({ role: 'system', user_id: crypto.randomUUID() }, (tx) => tx`insert into app_users (id, email, name, role, password_hash) values (app_user_id(), ${email}, '100%_ 🦊', ${defaultRole}, 'x')`);
    const find = async (q: string) => (await admin.json<{ total: number }>('GET', `/auth/users?q=${encodeURIComponent(q)}`)).total;
    expect([await find('needle_'), await find(email.toUpperCase()), await find(`${email}%`)]).toEqual([expect.any(Number), 1, 0]);
    const { total, pageSize } = await admin.json<{ total: number; pageSize: number }>('GET', '/auth/users');
    const last = await admin.json<{ items: object[] }>('GET', `/auth/users?page=${Math.ceil(total / pageSize)}`);
    expect(last.items.length).toBe(total % pageSize || pageSize);
    expect(JSON.stringify(last.items)).not.toContain('hash');
  });

  it('block an account: its sessions end and it cannot log in, until it is unblocked', async () => {
    const admin = await signedUp('admin');
    const member = await signedUp(defaultRole);
    const { email } = member.user ?? { email: '' };
    const block = async (blocked: boolean) => (await admin.call('PATCH', `/auth/users/${member.user?.id}`, { blocked })).status;
    const logIn = async (secret: string) => (await guest().call('POST', '/auth/login', { email, password: secret })).status;
    await guest().call('POST', '/auth/forgot', { email });
    const token = await tokenFor(email);
    expect((await member.call('PATCH', `/auth/users/${admin.user?.id}`, { blocked: true })).status).toBe(403);
    expect((await admin.call('PATCH', `/auth/users/${admin.user?.id}`, { blocked: true })).status).toBe(409);
    expect(await block(true)).toBe(204);
    expect(await member.json('GET', '/auth/me')).toBeNull();
    expect([await logIn(password), await logIn('wrong password')]).toEqual([403, 401]);
    expect((await guest().call('POST', '/auth/reset', { token, password: 'another long password' })).status).toBe(404);
    await guest().call('POST', '/auth/forgot', { email });
    expect(await mailTo(email)).toHaveLength(1);
    expect(await block(false)).toBe(204);
    expect(await logIn(password)).toBe(200);
    expect(await member.json('GET', '/auth/me')).toBeNull();
  });

  it('cannot all be blocked or demoted: one stays', async () => {
    const [one, two] = [await signedUp('admin'), await signedUp('admin')];
    const others = await withSettings({ role: 'admin' }, (tx) => tx`select id from app_users where role = 'admin' and blocked_at is null and id <> all(${[one.user?.id ?? '', two.user?.id ?? '']}::uuid[])`);
    await expect(withSettings({ role: 'admin' }, async (tx) => {
      await tx`update app_users set role = ${defaultRole} where id = any(${others.map(({ id }) => String(id))}::uuid[])`;
      await tx`update app_users set blocked_at = now() where id = ${one.user?.id ?? ''}`;
      await tx`update app_users set blocked_at = now() where id = ${two.user?.id ?? ''}`;
    })).rejects.toMatchObject({ constraint_name: 'app_users_last_admin' });
  });

  it('who are no longer ones leave no invitations behind', async () => {
    const admin = await person('admin');
    const former = await signedUp('admin');
    const email = newEmail();
    await former.call('POST', '/auth/invitations', { email, role });
    const invitation = await tokenFor(email);
    await admin.call('PATCH', `/auth/users/${former.user?.id}`, { role: defaultRole });
    expect((await signUp({ email, invitation })).status).toBe(422);
  });
});
