import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { defaultRole } from '../../shared/app';
import type { Sms } from '../../shared/sms';
import { announce } from '../../server/changes';
import { asUser, withSettings } from '../../server/db';
import { deliver } from '../../server/sms/outbox';
import { type Client, guest, person, signedUp } from '../support/client';

// Whatever .env says: no test may send a message to anybody.
beforeEach(() => {
  vi.stubEnv('SMS_WEBHOOK_URL', '');
});
afterEach(() => {
  vi.unstubAllEnvs();
});

const state = (client: Client) => client.json<Sms>('GET', '/app/sms');
const codeIn = (sms: Sms) => /\d{6}/.exec(sms.messages[0]?.text ?? '')?.[0] ?? '';

async function reachable(): Promise<Client> {
  const client = await signedUp(defaultRole);
  const asked = await client.json<Sms>('POST', '/app/sms', { phone: '0049 (30) 123-4567' });
  expect(asked).toMatchObject({ phone: '+49301234567', confirmed: false, simulated: true });
  expect((await client.call('POST', '/app/sms/confirm', { code: codeIn(asked) })).status).toBe(200);
  return client;
}

/** Somebody else does something that `client` should hear of. */
const news = async (client: Client, text: string) =>
  asUser((await person(defaultRole, 'second')).user, (tx) => announce(tx, { to: client.user?.id ?? '', text, path: '/' }));

describe('text messages', () => {
  it('bring news to a number that was confirmed, until it is taken away', async () => {
    const client = await reachable();
    await news(client, 'It happened');
    expect((await state(client)).messages[0]?.text).toContain('It happened');
    expect((await client.call('DELETE', '/app/sms')).status).toBe(204);
    await news(client, 'It happened again');
    expect((await state(client)).messages[0]?.text).not.toContain('again');
  });

  it('need a right number and its code, which cannot be guessed', async () => {
    const client = await signedUp(defaultRole);
    expect((await guest().call('GET', '/app/sms')).status).toBe(401);
    expect((await client.call('POST', '/app/sms', { phone: '12' })).status).toBe(422);
    const asked = await client.json<Sms>('POST', '/app/sms', { phone: '+49 30 7654321' });
    const wrong = codeIn(asked) === '000000' ? '000001' : '000000';
    await news(client, 'Too early');
    expect((await state(client)).messages).toHaveLength(1);
    for (let guess = 0; guess < 5; guess += 1) expect((await client.call('POST', '/app/sms/confirm', { code: wrong })).status).toBe(422);
    expect((await client.call('POST', '/app/sms/confirm', { code: codeIn(asked) })).status).toBe(409);
  });

  it('are seen by their recipient alone', async () => {
    const client = await reachable();
    const other = await person(defaultRole, 'second');
    for (const table of ['app_sms_numbers', 'app_sms_outbox']) {
      expect(await asUser(other.user, (tx) => tx`select * from ${tx(table)} where owner_id = ${client.user?.id ?? ''}`)).toHaveLength(0);
    }
  });
});

describe('text messages with a provider', () => {
  let server: Server;
  let status: number;
  const got: { authorization: string | undefined; body: { to: string; text: string } }[] = [];

  beforeEach(async () => {
    got.length = 0;
    status = 200;
    server = createServer((request, response) => {
      let text = '';
      request.on('data', (part: Buffer) => (text += part.toString()));
      request.on('end', () => {
        got.push({ authorization: request.headers.authorization, body: JSON.parse(text) as { to: string; text: string } });
        response.writeHead(status).end();
      });
    });
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(() => new Promise((resolve) => server.close(resolve)));

  it('are sent after the commit, once, and are tried again when that failed', async () => {
    const client = await reachable();
    vi.stubEnv('SMS_WEBHOOK_URL', `http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    vi.stubEnv('SMS_WEBHOOK_TOKEN', 'of the test');
    await news(client, 'Sent');
    await deliver();
    expect(got).toMatchObject([{ authorization: 'Bearer of the test', body: { to: '+49301234567' } }]);
    expect(got[0]?.body.text).toContain('Sent');
    status = 500;
    await news(client, 'Later');
    await deliver();
    status = 200;
    const mine = (column: string) => withSettings({ role: 'system' }, async (tx) => (await tx`select ${tx(column)} as value from app_sms_outbox where owner_id = ${client.user?.id ?? ''} order by created_at desc limit 1`)[0]?.value);
    expect([await mine('state'), await mine('error')]).toEqual(['waiting', 'it was answered 500']);
    await withSettings({ role: 'system' }, (tx) => tx`update app_sms_outbox set next_at = now() where owner_id = ${client.user?.id ?? ''}`);
    await deliver();
    expect(await mine('state')).toBe('sent');
    expect(got).toHaveLength(3);
    expect((await state(client)).messages).toEqual([]);
  });
});
