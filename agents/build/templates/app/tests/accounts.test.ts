import { describe, expect, it } from 'vitest';
import { defaultRole, organisations } from '../shared/app';
import type { User } from '../shared/entity';
import { db } from '../server/db';
import { Client, guest, newEmail, password, person, signedUp } from './support/client';
import { application } from './support/mail';

describe('accounts', () => {
  it('sign up, log out, log in again, and stay the same person', async () => {
    const client = new Client();
    const input = await application();
    const { email } = input;
    const answer = await client.call('POST', '/auth/signup', input);
    expect(answer.status).toBe(201);
    expect(answer.headers.get('set-cookie')).toMatch(/HttpOnly/i);
    expect(answer.headers.get('set-cookie')).toMatch(/SameSite=Lax/i);
    const user = (await answer.json()) as User;
    expect(await client.json('GET', '/auth/me')).toMatchObject({ id: user.id, name: 'Ada', email });

    const old = client.cookie;
    expect((await client.call('POST', '/auth/logout')).status).toBe(204);
    expect(await client.json('GET', '/auth/me')).toBeNull();
    client.cookie = old;
    expect(await client.json('GET', '/auth/me')).toBeNull();

    expect((await client.call('POST', '/auth/login', { email: email.toUpperCase(), password })).status).toBe(200);
    expect(await client.json('GET', '/auth/me')).toMatchObject({ id: user.id });
  });

  it('never answer with a password or its hash', async () => {
    const client = new Client();
    const answer = await client.call('POST', '/auth/signup', await application());
    expect(Object.keys((await answer.json()) as object).toSorted()).toEqual(['email', 'id', 'name', ...(organisations ? ['org'] : []), 'role']);
  });

  it('refuse a wrong password and an unknown e-mail address alike', async () => {
    const client = await signedUp(defaultRole);
    const wrong = await guest().call('POST', '/auth/login', { email: client.user?.email, password: 'something else' });
    const unknown = await guest().call('POST', '/auth/login', { email: newEmail(), password });
    expect([wrong.status, unknown.status]).toEqual([401, 401]);
    expect(await wrong.text()).toBe(await unknown.text());
  });

  it('stop guessing of a password, even when it is right in the end', async () => {
    const client = await signedUp(defaultRole);
    const attempt = (secret: string) => guest().call('POST', '/auth/login', { email: client.user?.email, password: secret });
    const statuses = await Promise.all(Array.from({ length: 12 }, async () => (await attempt('wrong password')).status));
    expect(statuses.filter((status) => status === 401)).toHaveLength(10);
    expect((await attempt(password)).status).toBe(429);
  });

  it.each([
    ['name', { name: ' ' }],
    ['email', { email: 'nobody' }],
    ['password', { password: 'short' }],
    ['role', { role: 'admin' }],
  ])('refuse a wrong %s at sign-up', async (key, change) => {
    const answer = await guest().call('POST', '/auth/signup', { name: 'Ada', email: newEmail(), password, ...change });
    expect(answer.status).toBe(422);
    expect(await answer.json()).toHaveProperty(`errors.${key}`);
  });

  it('refuse an e-mail address that is registered', async () => {
    const { user } = await signedUp(defaultRole);
    const answer = await guest().call('POST', '/auth/signup', await application(user?.email));
    expect(answer.status).toBe(422);
    expect(await answer.json()).toHaveProperty('errors.email');
  });

  it('ignore a session that was made up', async () => {
    const client = new Client();
    client.cookie = (await person(defaultRole)).cookie.replace(/=.*/, '=made-up');
    expect(await client.json('GET', '/auth/me')).toBeNull();
  });
});

describe('requests', () => {
  it.each([
    ['the browser says so', { 'sec-fetch-site': 'cross-site' }],
    ['the origin is another', { origin: 'https://evil.example' }],
    ['the origin is hidden', { origin: 'null' }],
  ])('from another site are refused: %s', async (_, headers) => {
    const client = await person(defaultRole);
    expect((await client.call('POST', '/auth/logout', undefined, headers)).status).toBe(403);
    expect(await client.json('GET', '/auth/me')).toMatchObject({ id: client.user?.id });
  });

  it('that a plain form could send are refused', async () => {
    const answer = await guest().call('POST', '/auth/login', {}, { 'content-type': 'text/plain' });
    expect(answer.status).toBe(415);
  });

  it('without readable JSON are refused with words', async () => {
    const answer = await guest().call('POST', '/auth/login');
    expect(answer.status).toBe(422);
  });

  it('for the state of the server are answered after asking the database', async () => {
    const answer = await guest().call('GET', '/health');
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ ok: true, database: 'ok' });
  });
});

describe('roles', () => {
  it('are given by administrators alone', async () => {
    const admin = await person('admin');
    const member = await signedUp(defaultRole);
    const path = `/auth/users/${member.user?.id}`;
    expect((await guest().call('GET', '/auth/users')).status).toBe(401);
    expect((await member.call('GET', '/auth/users')).status).toBe(403);
    expect((await member.call('PATCH', path, { role: 'admin' })).status).toBe(403);
    expect((await admin.call('PATCH', path, { role: 'emperor' })).status).toBe(422);
    expect((await admin.call('PATCH', path, { role: 'admin' })).status).toBe(204);
    expect(await member.json('GET', '/auth/me')).toMatchObject({ role: 'admin' });
  });

  it('cannot be taken from oneself', async () => {
    const admin = await person('admin');
    expect((await admin.call('PATCH', `/auth/users/${admin.user?.id}`, { role: defaultRole })).status).toBe(409);
  });
});

describe('the database', () => {
  it('is used by a role that row-level security binds', async () => {
    const [role] = await db()`select rolsuper or rolbypassrls as unbound from pg_roles where rolname = current_user`;
    expect(role?.unbound).toBe(false);
  });

  it.each(['app_users', 'app_sessions', 'app_limits', 'app_resets', 'app_invitations', 'app_outbox'])('shows nothing of %s to a connection that is nobody', async (table) => {
    await person(defaultRole);
    const rows = await db()`select * from ${db()(table)}`;
    expect(rows).toHaveLength(0);
  });

  it('forces row-level security on every table', async () => {
    const open = await db()`select relname from pg_class
      where relkind = 'r' and relnamespace = 'public'::regnamespace and relname <> 'app_migrations' and not (relrowsecurity and relforcerowsecurity)`;
    expect(open.map((table) => String(table.relname))).toEqual([]);
  });
});
