import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Answer, Asking } from '../../shared/ai';
import { reach } from '../../shared/entity';
import { asked } from '../../shared/features/ai';
import { entityOf } from '../../shared/model';
import { type Client, guest, person } from '../support/client';
import { author, create } from '../support/records';

// Whatever .env says: no test may ask a service that costs money.
beforeEach(() => {
  vi.stubEnv('AI_API_KEY', '');
  vi.stubEnv('AI_DAILY_LIMIT', '1000');
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

const question = 'What is <b>this</b>?';

describe.each(asked.map((key) => ({ key, entity: entityOf(key) })))('questions about $key', ({ entity }) => {
  async function subject(): Promise<{ client: Client; path: string } | null> {
    const client = await author(entity);
    if (!client || reach(entity, 'read', client.user) === 'none') return null;
    return { client, path: `/${entity.path}/${(await create(entity, client)).id}/ask` };
  }

  it('get the same simulated answer each time, from those who may see the record', async (test) => {
    const found = await subject();
    if (!found) return test.skip('nobody may create and read the records');
    const { client, path } = found;
    const answers = [await client.json<Answer>('POST', path, { question }), await client.json<Answer>('POST', path, { question })];
    expect(answers[0]?.simulated).toBe(true);
    expect(answers[0]?.answer).toBe(answers[1]?.answer);
    expect(answers[0]?.answer).toContain(question);
    expect((await client.call('POST', path, { question: ' ' })).status).toBe(422);
    expect((await client.call('POST', path, { question: 'x'.repeat(501) })).status).toBe(422);
    expect((await guest().call('POST', path, { question })).status).toBe(401);
    const other = await person(client.user?.role ?? '', 'second');
    if (reach(entity, 'read', other.user) === 'own') expect((await other.call('POST', path, { question })).status).toBe(404);
  });

  it('are limited per person and day, however many come at once', async (test) => {
    const found = await subject();
    if (!found) return test.skip('nobody may create and read the records');
    const { client, path } = found;
    const before = await client.json<Asking>('GET', '/app/ai');
    vi.stubEnv('AI_DAILY_LIMIT', String(1_000 - before.left + 3));
    const answers = await Promise.all(Array.from({ length: 6 }, async () => (await client.call('POST', path, { question })).status));
    expect(answers.toSorted()).toEqual([200, 200, 200, 429, 429, 429]);
  });

  it('are answered by the service that is configured, within limits', async (test) => {
    const found = await subject();
    if (!found) return test.skip('nobody may create and read the records');
    const { client, path } = found;
    const seen: { authorization: string | undefined; path: string | undefined; body: string }[] = [];
    let reply: { status: number; text: string } | null = { status: 200, text: JSON.stringify({ choices: [{ message: { content: ' <i>Yes</i> ' } }] }) };
    const server: Server = createServer((request, response) => {
      let text = '';
      request.on('data', (part: Buffer) => (text += part.toString()));
      request.on('end', () => {
        seen.push({ authorization: request.headers.authorization, path: request.url, body: text });
        if (reply) response.writeHead(reply.status, { 'content-type': 'application/json' }).end(reply.text);
      });
    });
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    try {
      vi.stubEnv('AI_API_KEY', 'key-of-the-test');
      vi.stubEnv('AI_MODEL', 'model-of-the-test');
      vi.stubEnv('AI_BASE_URL', `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/`);
      const log = vi.spyOn(console, 'error').mockImplementation(() => {});
      expect(await client.json('POST', path, { question })).toMatchObject({ answer: '<i>Yes</i>', simulated: false });
      expect(seen[0]).toMatchObject({ authorization: 'Bearer key-of-the-test', path: '/v1/chat/completions' });
      expect(JSON.parse(seen[0]?.body ?? '')).toMatchObject({ model: 'model-of-the-test', messages: [{ role: 'system' }, { role: 'user' }] });
      for (const wrong of [{ status: 500, text: 'key-of-the-test' }, { status: 200, text: '[' }, { status: 200, text: 'x'.repeat(300_000) }]) {
        reply = wrong;
        expect((await client.call('POST', path, { question })).status).toBe(503);
      }
      reply = null;
      vi.stubEnv('AI_TIMEOUT_MS', '50');
      expect((await client.call('POST', path, { question })).status).toBe(503);
      expect(JSON.stringify(log.mock.calls)).not.toContain('key-of-the-test');
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });
});
