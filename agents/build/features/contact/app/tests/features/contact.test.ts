import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { defaultRole } from '../../shared/app';
import type { Message } from '../../shared/contact';
import type { Page } from '../../shared/entity';
import { asUser } from '../../server/db';
import { guest, person } from '../support/client';

const message = () => ({ name: 'Ada', email: 'ada@example.com', message: `It's <b>urgent</b> ${randomUUID()}` });
const inbox = async (query = '') => (await (await person('admin')).json<Page<Message>>('GET', `/app/contact${query}`)).items;

describe('the contact form', () => {
  it('takes messages of everybody, which administrators alone read and mark', async () => {
    const member = await person(defaultRole);
    for (const client of [guest(), member]) {
      const sent = message();
      expect((await client.call('POST', '/app/contact', sent)).status).toBe(201);
      const [found] = await inbox();
      expect(found).toMatchObject({ ...sent, done_at: null });
      const path = `/app/contact/${found?.id}`;
      expect((await member.call('PATCH', path, { done: true })).status).toBe(403);
      expect((await (await person('admin')).call('PATCH', path, { done: true })).status).toBe(204);
      expect((await inbox())[0]?.id).not.toBe(found?.id);
      expect((await inbox('?done=1')).map(({ id }) => id)).toContain(found?.id);
      await (await person('admin')).call('PATCH', path, { done: false });
      expect((await inbox())[0]?.id).toBe(found?.id);
    }
    expect((await guest().call('GET', '/app/contact')).status).toBe(401);
    expect((await member.call('GET', '/app/contact')).status).toBe(403);
    expect(await asUser(member.user, (tx) => tx`select * from app_contact_messages`)).toHaveLength(0);
  });

  it.each([
    ['name', { name: ' ' }],
    ['email', { email: 'nobody' }],
    ['message', { message: '' }],
    ['message', { message: 'x'.repeat(5_001) }],
    ['website', { website: 'https://spam.example' }],
  ])('refuses a wrong %s: %o', async (key, change) => {
    const answer = await guest().call('POST', '/app/contact', { ...message(), ...change });
    expect(answer.status).toBe(422);
    expect(await answer.json()).toHaveProperty(`errors.${key}`);
  });

  it('stops somebody who writes again and again, and nobody else', async () => {
    const client = guest();
    const answers = await Promise.all(Array.from({ length: 8 }, () => client.call('POST', '/app/contact', message())));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(5);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(3);
    expect((await guest().call('POST', '/app/contact', message())).status).toBe(201);
  });

  it('cannot be used in the name of another', async () => {
    const [one, other] = [await person(defaultRole), await person(defaultRole, 'second')];
    const forged = asUser(one.user, (tx) => tx`insert into app_contact_messages ${tx({ ...message(), sender_id: other.user?.id ?? '' })}`);
    await expect(forged).rejects.toMatchObject({ code: '42501' });
  });
});
