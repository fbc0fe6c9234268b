import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { app } from '../shared/app';
import { pages } from '../shared/pages';
import { buildId } from '../server/build';
import { closeDb } from '../server/db';
import { settled } from '../server/signals/delivery';
import { report } from '../server/signals/report';
import { Client, guest } from './support/client';
import { Collector } from './support/collector';

let collector: Collector;
const key = '0123456789abcdef0123456789abcdef';
const page = pages.find(({ path }) => path.includes(':'))?.path ?? '/';

beforeEach(async () => {
  collector = await new Collector().start();
});

afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  await collector.close();
});

interface Told {
  release: string;
  environment: string;
  level: string;
  transaction: string;
  tags: Record<string, string>;
  exception: { values: { type: string; value: string; stacktrace: { frames: { filename: string }[] } }[] };
}

/** The envelopes that have come: whom for, and what they tell. */
const envelopes = () => collector.taken.filter(({ path }) => path.includes('/envelope/')).map(({ path, body }) => {
  const [header, , event] = body.split('\n').map((line) => (line ? (JSON.parse(line) as unknown) : null));
  return { path: path.split('?')[0], header: header as { dsn: string }, event: event as Told };
});
const errors = (message: string) => `{"event_id":"${key}","dsn":"http://app@localhost/1"}\n{"type":"event"}\n${JSON.stringify({ event_id: key, message })}\n`;

/** Sends a body as it is. */
function send(path: string, body: string, headers: Record<string, string> = {}, from = new Client()): Promise<Response> {
  return from.raw('POST', `/app/signals${path}`, body, { 'content-type': 'application/octet-stream', ...headers });
}
const count = (beacon: object, headers: Record<string, string> = {}, from = new Client()) => send('/counts', JSON.stringify(beacon), { 'content-type': 'application/json', ...headers }, from);

/** Asks for the account of a session while the database is away: what no handler expects. */
async function failing(): Promise<Response> {
  vi.spyOn(console, 'error').mockImplementation(() => {});
  await closeDb();
  vi.stubEnv('DATABASE_URL', 'postgres://nobody:secret@127.0.0.1:1/none');
  const client = new Client();
  client.cookie = `${app.slug}_session=made-up`;
  return client.call('GET', '/auth/me').finally(closeDb);
}

describe('an error that no handler expects', () => {
  it('reaches those who take errors, with its release and request and nothing of the visitor', async () => {
    vi.stubEnv('GENESIS_SIGNALS', collector.dsn(key, 7));
    vi.stubEnv('SENTRY_DSN', collector.dsn('abc', 8));
    vi.stubEnv('SENTRY_ENVIRONMENT', 'staging');
    expect((await failing()).status).toBe(500);
    await settled();
    const told = envelopes();
    expect(told.map(({ path, header }) => [path, header.dsn]).toSorted()).toEqual([['/api/7/envelope/', collector.dsn(key, 7)], ['/api/8/envelope/', collector.dsn('abc', 8)]]);
    for (const { event } of told) {
      expect(event).toMatchObject({ release: buildId, environment: 'staging', level: 'error', tags: { method: 'GET' } });
      expect(event.exception.values[0]?.value).toContain('ECONNREFUSED');
      expect(JSON.stringify(event)).not.toMatch(/made-up|secret|cookie/);
    }
  });

  it('is told with its route, and without what may name a person', async () => {
    vi.stubEnv('SENTRY_DSN', collector.dsn(key));
    report(new Error('no such account: ann@example.com'), { method: 'POST', route: '/api/auth/login' });
    await settled();
    expect(envelopes().map(({ event }) => [event.transaction, event.exception.values[0]?.value])).toEqual([['POST /api/auth/login', 'no such account: [e-mail]']]);
    expect(envelopes()[0]?.event.exception.values[0]?.stacktrace.frames.at(-1)?.filename).toMatch(/^app:\/\/\/[^/]+$/);
  });

  it('is told with what caused it, whatever was thrown', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    vi.stubEnv('SENTRY_DSN', collector.dsn(key));
    const inner = new AggregateError([new TypeError('one'), new RangeError('two')], '');
    inner.cause = inner;
    for (const thrown of [new Error('outer', { cause: inner }), 'a text', undefined, Object.create(null)]) report(thrown);
    await settled();
    const told = envelopes().map(({ event }) => event.exception.values.map(({ type, value }) => `${type}: ${value}`));
    expect(told.toSorted((a, b) => b.length - a.length)).toEqual([['RangeError: two', 'TypeError: one', 'AggregateError: ', 'Error: outer'], ['string: a text'], ['undefined: undefined']]);
    expect(warn.mock.calls).toHaveLength(1);
  });

  it('is no trap, however long and odd it is', async () => {
    vi.stubEnv('SENTRY_DSN', collector.dsn(key));
    const odd = new Error(`${'x'.repeat(200_000)}@${'y'.repeat(200_000)}`);
    odd.stack = `Error\n    at ${'z '.repeat(200_000)}\n    at real (/app/dist/server.mjs:7:9)`;
    report(odd);
    await settled();
    const [value] = envelopes()[0]?.event.exception.values ?? [];
    expect(value?.stacktrace.frames).toEqual([{ filename: 'app:///server.mjs', function: 'real', lineno: 7, colno: 9, in_app: true }]);
    expect(value?.value).toHaveLength(2_000);
  });

  it('does not wait for who does not answer', async () => {
    vi.spyOn(console, 'warn').mockImplementation(() => {});
    vi.stubEnv('SENTRY_DSN', collector.dsn(key));
    const held = new Promise<ServerResponse>((resolve) => (collector.answer = resolve));
    expect((await failing()).status).toBe(500);
    const response = await held;
    // The request is answered, and what was to be told is still held up: it has not even been given up.
    expect(response.destroyed).toBe(false);
    response.end();
    await settled();
    expect(envelopes()).toHaveLength(1);
  });

  it('leaves alone for a while who is gone, or has had too much', async () => {
    vi.spyOn(console, 'warn').mockImplementation(() => {});
    vi.stubEnv('SENTRY_DSN', collector.dsn(key));
    collector.answer = (response) => response.writeHead(429, { 'retry-after': '30' }).end();
    for (const message of ['first', 'second']) {
      report(new Error(message));
      await settled();
    }
    expect(envelopes().map(({ event }) => event.exception.values[0]?.value)).toEqual(['first']);
    const answer = await send('/errors', errors('third'));
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([429, '30']);
  });
});

describe('without anybody to tell', () => {
  it('nothing is sent, and the browser is told of nobody', async () => {
    const calls = vi.spyOn(globalThis, 'fetch');
    expect((await failing()).status).toBe(500);
    report(new Error('unheard'));
    await settled();
    vi.unstubAllEnvs();
    expect((await guest().call('GET', '/auth/me')).headers.has('x-signals')).toBe(false);
    expect([(await send('/errors', errors('lost'))).status, (await count({ kind: 'view', page: '/', referrer: '' })).status]).toEqual([404, 404]);
    expect(calls.mock.calls).toEqual([]);
  });

  it('a variable that cannot be meant is told of once', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    vi.stubEnv('SENTRY_DSN', 'not a dsn');
    for (const _ of [1, 2]) expect((await guest().call('GET', '/auth/me')).headers.has('x-signals')).toBe(false);
    expect(warn.mock.calls.flat().join()).toContain('SENTRY_DSN is not a DSN');
    expect(warn.mock.calls).toHaveLength(1);
  });
});

describe('what the browser tells', () => {
  it('is sent when the server says that there is somebody', async () => {
    vi.stubEnv('PLAUSIBLE_DOMAIN', 'example.com');
    const told = JSON.parse((await guest().call('GET', '/auth/me')).headers.get('x-signals') ?? '') as object;
    expect(told).toEqual({ release: buildId, environment: 'production', errors: false, counts: true });
  });

  it('is passed on under the own key when it is an error, and refused when it is not', async () => {
    vi.stubEnv('SENTRY_DSN', collector.dsn(key, 5));
    expect((await send('/errors', errors('broken'))).status).toBe(202);
    for (const body of ['', '{}', 'null\nnull\n', '{}\n{"type":"session"}\n{}\n', errors('x').replace('event"}', 'feedback"}'), `${errors('x')}{"type":"check_in"}\n{"monitor_slug":"nightly","status":"ok"}\n`, errors('x').replace(/\n[^\n]*\n$/, '\n[]\n')]) expect((await send('/errors', body)).status, body).toBe(422);
    expect((await send('/errors', errors('x'.repeat(300_000)))).status).toBe(413);
    expect((await send('/errors', errors('elsewhere'), { origin: 'https://elsewhere.example' })).status).toBe(403);
    await settled();
    expect(envelopes().map(({ path, header, event }) => [path, header.dsn, event])).toEqual([['/api/5/envelope/', collector.dsn(key, 5), { event_id: key, message: 'broken' }]]);
  });

  it('is counted by whoever is set up, in their words', async () => {
    vi.stubEnv('GENESIS_SIGNALS', collector.dsn(key));
    vi.stubEnv('PLAUSIBLE_DOMAIN', 'example.com');
    vi.stubEnv('PLAUSIBLE_HOST', `http://${collector.host}/`);
    vi.stubEnv('POSTHOG_KEY', 'phc_key');
    vi.stubEnv('POSTHOG_HOST', `http://${collector.host}`);
    const headers = { origin: 'http://localhost', 'user-agent': 'Firefox' };
    const from = new Client();
    expect((await count({ kind: 'view', page, referrer: 'https://news.example/' }, headers, from)).status).toBe(202);
    expect((await count({ kind: 'vitals', page, visit: 'v1', values: { LCP: 1200, CLS: 0.02 } }, headers, from)).status).toBe(202);
    await settled();
    const sent = collector.taken.map(({ path, body }) => [path, JSON.parse(body)] as const);
    const to = (path: string) => sent.filter(([at]) => at === path).map(([, body]) => body as Record<string, unknown>);
    expect(to('/api/event')).toEqual([{ name: 'pageview', url: `http://localhost${page}`, domain: 'example.com', referrer: 'https://news.example/' }]);
    const common = { website: '01234567-89ab-cdef-0123-456789abcdef', hostname: 'localhost', url: page, userAgent: 'Firefox', ip: from.address };
    expect(to('/api/send')).toEqual(expect.arrayContaining([
      { type: 'event', payload: { ...common, referrer: 'https://news.example/' } }, { type: 'performance', payload: { ...common, tag: 'v1', lcp: 1200, cls: 0.02 } },
    ]));
    expect(to('/i/v0/e/').map(({ event }) => event).toSorted()).toEqual(['$pageview', '$web_vitals']);
    expect(JSON.stringify(to('/i/v0/e/'))).not.toContain(from.address);
    for (const { headers: given } of collector.taken) expect([given['user-agent'], given['x-forwarded-for'], given.cookie]).toEqual(['Firefox', from.address, undefined]);
  });

  it('goes to those as well whom Genesis has set up since, under their own addresses', async () => {
    collector.receivers = { SENTRY_DSN: collector.dsn('fedcba', 9), PLAUSIBLE_DOMAIN: 'told.example', PLAUSIBLE_HOST: `http://${collector.host}`, OTHER: 'x' };
    vi.stubEnv('GENESIS_SIGNALS', collector.dsn(key, 3));
    await guest().call('GET', '/auth/me');
    await settled();
    expect((await send('/errors', errors('broken'))).status).toBe(202);
    await count({ kind: 'view', page, referrer: '' }, { origin: 'http://localhost', 'user-agent': 'Firefox' });
    await settled();
    expect(envelopes().map(({ path }) => path).toSorted()).toEqual(['/api/3/envelope/', '/api/9/envelope/']);
    expect(collector.taken.filter(({ path }) => path === '/api/event').map(({ body }) => JSON.parse(body) as object)).toEqual([{ name: 'pageview', url: `http://localhost${page}`, domain: 'told.example' }]);
    vi.stubEnv('SENTRY_DSN', collector.dsn('fedcba', 10));
    expect((await send('/errors', errors('again'))).status).toBe(202);
    await settled();
    expect(envelopes().map(({ path }) => path)).toContain('/api/10/envelope/');
    expect(envelopes().filter(({ path }) => path === '/api/9/envelope/')).toHaveLength(1);
  });

  it('is no visit of somebody who does not want to be followed, nor of a page that is not there', async () => {
    vi.stubEnv('GENESIS_SIGNALS', collector.dsn(key));
    for (const wish of ['dnt', 'sec-gpc']) expect((await count({ kind: 'view', page, referrer: '' }, { [wish]: '1' })).status).toBe(202);
    for (const wrong of [{ kind: 'view', page: '/made/up', referrer: '' }, { kind: 'view', page }, { kind: 'vitals', page, visit: 'v1', values: { LCP: -1 } }, { kind: 'vitals', page, visit: 'v1', values: { XXX: 1 } }, { kind: 'vitals', page, visit: 'ADA@example', values: { LCP: 1 } }, null]) {
      expect((await count(wrong as object)).status).toBe(422);
    }
    await settled();
    expect(collector.taken).toEqual([]);
  });

  it('is bounded for each visitor', async () => {
    vi.stubEnv('GENESIS_SIGNALS', collector.dsn(key));
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
    const from = new Client();
    const statuses: number[] = [];
    for (let index = 0; index < 121; index += 1) statuses.push((await count({ kind: 'view', page, referrer: '' }, { dnt: '1' }, from)).status);
    vi.useRealTimers();
    expect([statuses.filter((status) => status === 202).length, statuses.at(-1)]).toEqual([120, 429]);
    expect((await count({ kind: 'view', page, referrer: '' }, { dnt: '1' })).status).toBe(202);
  });
});
