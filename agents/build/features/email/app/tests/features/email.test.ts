import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { defaultRole } from '../../shared/app';
import { announce } from '../../server/changes';
import { asUser, withSettings } from '../../server/db';
import { type Client, guest, person, signedUp } from '../support/client';

// Whatever .env says: no test may send a message to anybody.
beforeEach(() => {
  vi.stubEnv('MAIL_URL', '');
});
afterEach(() => {
  vi.unstubAllEnvs();
});

interface Kept {
  subject: string;
  body: string;
  state: string;
}

/** Somebody else does something that `client` should hear of. */
const news = async (client: Client, text: string, path = '/') =>
  asUser((await person(defaultRole, 'second')).user, (tx) => announce(tx, { to: client.user?.id ?? '', text, path }));
const mails = async (client: Client) =>
  withSettings({ role: 'system' }, (tx) => tx<Kept[]>`select subject, body, state from app_outbox where recipient = ${client.user?.email ?? ''} order by created_at, id`);

describe('news by e-mail', () => {
  it('goes to the address of the person, marked as simulated', async () => {
    const client = await signedUp(defaultRole);
    await news(client, 'It happened', '/somewhere');
    const [mail] = await mails(client);
    expect(mail?.subject).toContain('It happened');
    expect(mail?.body).toContain('/somewhere');
    expect(mail?.body).toContain('/email-news');
    expect(mail?.state).toBe('simulated');
  });

  it('stops for who declines it and begins again', async () => {
    const client = await signedUp(defaultRole);
    expect(await client.json('GET', '/app/email')).toEqual({ wanted: true });
    expect(await client.json('PATCH', '/app/email', { wanted: false })).toEqual({ wanted: false });
    await news(client, 'Unheard');
    expect(await mails(client)).toHaveLength(0);
    await client.json('PATCH', '/app/email', { wanted: true });
    await news(client, 'Heard');
    expect((await mails(client)).map(({ subject }) => subject.includes('Heard'))).toEqual([true]);
  });

  it('is not of what one does oneself, and nobody floods somebody else', async () => {
    const client = await signedUp(defaultRole);
    await asUser(client.user, (tx) => announce(tx, { to: client.user?.id ?? '', text: 'Mine', path: '/' }));
    expect(await mails(client)).toHaveLength(0);
    for (let i = 0; i < 33; i += 1) await news(client, `News ${i}`);
    expect(await mails(client)).toHaveLength(30);
  });

  it('asks for a login and a choice, and shows nobody the address of another', async () => {
    expect((await guest().call('GET', '/app/email')).status).toBe(401);
    const client = await signedUp(defaultRole);
    expect((await client.call('PATCH', '/app/email', { wanted: 'perhaps' })).status).toBe(422);
    const other = await signedUp(defaultRole);
    await news(other, 'Something');
    const seen = await asUser(client.user, (tx) => tx`select id from app_users where id = ${other.user?.id ?? ''}`);
    expect(seen).toHaveLength(0);
    const theirs = await asUser(client.user, (tx) => tx`select person_id from app_email_people where person_id = ${other.user?.id ?? ''}`);
    expect(theirs).toHaveLength(0);
  });
});
