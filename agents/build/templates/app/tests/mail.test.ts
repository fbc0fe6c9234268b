import { afterEach, describe, expect, it, vi } from 'vitest';
import { defaultRole } from '../shared/app';
import { asUser, withSettings } from '../server/db';
import { deliver, sendMail } from '../server/mail';
import { newEmail, person } from './support/client';
import { mailServer, mailTo } from './support/mail';

afterEach(() => vi.unstubAllEnvs());

const write = (to: string, secret = false) => withSettings({}, (tx) => sendMail(tx, { to, subject: 'Hello\r\nBcc: evil@example.com', text: 'It is a <b>text</b> 🦊', secret }));

function configure(url: string): void {
  vi.stubEnv('MAIL_URL', url);
  vi.stubEnv('MAIL_FROM', 'App <app@example.com>');
  vi.stubEnv('APP_URL', 'https://app.example.com');
}

const again = (email: string, attempts: number) => withSettings({ role: 'system' }, (tx) => tx`update app_outbox set attempts = ${attempts}, next_at = now() where recipient = ${email}`);

describe('e-mail', () => {
  it('is kept as simulated while nothing can send it, and only administrators read it', async () => {
    const email = newEmail();
    await write(email);
    expect(await mailTo(email)).toMatchObject([{ state: 'simulated', subject: 'Hello Bcc: evil@example.com', body: 'It is a <b>text</b> 🦊' }]);
    const admin = await person('admin');
    const seen = await admin.json<{ items: { recipient: string }[]; sent: boolean }>('GET', '/auth/outbox');
    expect(seen.sent).toBe(false);
    expect(seen.items.map(({ recipient }) => recipient)).toContain(email);
    const member = await person(defaultRole);
    expect((await member.call('GET', '/auth/outbox')).status).toBe(403);
    expect(await asUser(member.user, (tx) => tx`select id from app_outbox`)).toHaveLength(0);
    expect(await asUser(admin.user, (tx) => tx`update app_outbox set recipient = 'x' returning id`)).toHaveLength(0);
  });

  it('goes out once, after the commit, and a secret is not kept', async () => {
    const { url, received, server } = await mailServer();
    configure(url);
    const [open, secret] = [newEmail(), newEmail()];
    await write(open);
    await write(secret, true);
    await deliver();
    await deliver();
    server.close();
    const to = (email: string) => received.filter((message) => message.includes(`To: ${email}`));
    expect(to(open)).toHaveLength(1);
    expect(to(secret)).toHaveLength(1);
    expect(to(open)[0]).toMatch(/^Subject: Hello Bcc: evil@example.com$/m);
    expect(to(open)[0]).not.toMatch(/^Bcc:/m);
    expect(await mailTo(open)).toMatchObject([{ state: 'sent', body: 'It is a <b>text</b> 🦊' }]);
    expect(await mailTo(secret)).toMatchObject([{ state: 'sent', body: '' }]);
  });

  it('of a transaction that is taken back is none', async () => {
    const { url, received, server } = await mailServer();
    configure(url);
    const email = newEmail();
    const failing = withSettings({}, async (tx) => {
      await sendMail(tx, { to: email, subject: 'No', text: 'No' });
      throw new Error('taken back');
    });
    await expect(failing).rejects.toThrow('taken back');
    await deliver();
    server.close();
    expect(received).toEqual([]);
    expect(await mailTo(email)).toEqual([]);
  });

  it('that is refused is tried again later, and not for ever', async () => {
    const { url, server } = await mailServer({ refuses: true });
    configure(url);
    const email = newEmail();
    await write(email);
    await deliver();
    expect(await mailTo(email)).toMatchObject([{ state: 'waiting', attempts: 1, error: expect.stringContaining('nobody here') as string }]);
    await deliver();
    expect(await mailTo(email)).toMatchObject([{ attempts: 1 }]);
    await again(email, 5);
    await deliver();
    server.close();
    expect(await mailTo(email)).toMatchObject([{ state: 'failed', attempts: 6 }]);
  });
});
