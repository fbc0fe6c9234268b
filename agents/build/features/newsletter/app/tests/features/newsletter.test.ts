import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { defaultRole } from '../../shared/app';
import type { Subscribers } from '../../shared/newsletter';
import { asUser } from '../../server/db';
import { guest, newEmail, person } from '../support/client';

// Whatever .env says: no test may write to anybody.
beforeEach(() => {
  vi.stubEnv('MAIL_URL', '');
});
afterEach(() => {
  vi.unstubAllEnvs();
});

const subscribe = (email: string) => guest().call('POST', '/app/newsletter', { email });
const list = async () => (await person('admin')).json<Subscribers>('GET', '/app/newsletter/subscribers');
const isConfirmed = async (email: string) => (await list()).items.find((each) => each.email === email)?.confirmed_at ?? null;

/** The letters to an address, as administrators find them in the outbox. */
async function letters(email: string): Promise<string[]> {
  const rows = await asUser((await person('admin')).user, (tx) => tx`select body from app_outbox where recipient = ${email} order by created_at, id`);
  return rows.map((row) => String(row.body));
}

const tokenIn = (text = '', what = 'confirm') => new RegExp(String.raw`\?${what}=([\w-]+)`).exec(text)?.[1] ?? '';

describe('the newsletter', () => {
  it('is for addresses that were confirmed by a link, until they leave by another', async () => {
    const email = newEmail();
    expect((await subscribe(` ${email.toUpperCase()} `)).status).toBe(202);
    expect(await isConfirmed(email)).toBeNull();
    const token = tokenIn((await letters(email))[0]);
    expect((await guest().call('POST', '/app/newsletter/confirm', { token })).status).toBe(204);
    expect(await isConfirmed(email)).not.toBeNull();
    const unsure = newEmail();
    await subscribe(unsure);
    const subject = `News ${randomUUID()}`;
    const sent = await (await person('admin')).json<{ recipients: number }>('POST', '/app/newsletter/letters', { subject, body: 'Something happened.' });
    expect(sent.recipients).toBeGreaterThan(0);
    const [, letter] = await letters(email);
    expect(letter).toContain('Something happened.');
    expect(await letters(unsure)).toHaveLength(1);
    expect((await guest().call('POST', '/app/newsletter/leave', { token: tokenIn(letter, 'leave') })).status).toBe(204);
    expect((await list()).items.map((each) => each.email)).not.toContain(email);
    expect((await guest().call('POST', '/app/newsletter/confirm', { token })).status).toBe(404);
  });

  it('tells nobody who is subscribed, and does not fill mailboxes', async () => {
    const email = newEmail();
    const answers = [await subscribe(email), await subscribe(email)];
    expect(await answers[0]?.text()).toBe(await answers[1]?.text());
    expect(await letters(email)).toHaveLength(1);
    const statuses = await Promise.all(Array.from({ length: 6 }, async () => (await subscribe(email)).status));
    expect(statuses).toContain(429);
    expect((await guest().call('POST', '/app/newsletter/confirm', { token: 'x'.repeat(32) })).status).toBe(404);
    expect((await subscribe('nobody')).status).toBe(422);
  });

  it('is led by administrators alone', async () => {
    const member = await person(defaultRole);
    for (const [method, path] of [['GET', '/subscribers'], ['GET', '/subscribers.csv'], ['POST', '/letters'], ['DELETE', `/subscribers/${randomUUID()}`]] as const) {
      expect((await guest().call(method, `/app/newsletter${path}`)).status).toBe(401);
      expect((await member.call(method, `/app/newsletter${path}`)).status).toBe(403);
    }
    await subscribe(newEmail());
    expect(await asUser(member.user, (tx) => tx`select * from app_subscribers`)).toHaveLength(0);
  });

  it('gives administrators the confirmed addresses as CSV, without formulas', async () => {
    const email = `+${randomUUID()}@example.com`;
    await subscribe(email);
    const other = newEmail();
    await subscribe(other);
    await guest().call('POST', '/app/newsletter/confirm', { token: tokenIn((await letters(email))[0]) });
    const answer = await (await person('admin')).call('GET', '/app/newsletter/subscribers.csv');
    expect(answer.headers.get('content-type')).toContain('text/csv');
    const text = await answer.text();
    expect(text).toContain(`"'${email}",`);
    expect(text).not.toContain(other);
  });
});
