import { type Context, Hono, type MiddlewareHandler } from 'hono';
import * as v from 'valibot';
import type { Wanted } from '../../shared/signals';
import { buildId } from '../build';
import { body, type Env, fail } from '../http';
import { networkAddress, TooMany } from '../limits';
import { allowance } from './allowance';
import { beacon } from './beacon';
import { counted, type Visitor } from './counting';
import { send } from './delivery';
import { busy, isError, sendEnvelope } from './envelopes';
import { environment, providers } from './providers';

const mostBytes = { errors: 200_000, counts: 4_000 };
const [fromOne, fromAll] = [allowance(120), allowance(3_000)];

/**
 * Takes what the browser notices and passes it on. The browser talks to nobody but the app: the
 * policy on its pages stays as it is, and no key leaves the server. What is passed on is bounded
 * for each visitor and for all, in the memory of each server.
 */
export const signals = new Hono<Env>();

signals.use(async (c, next) => {
  // Of visitors who cannot be told apart, none may use up what the others have.
  const network = networkAddress(c);
  if (!fromAll() || (network !== null && !fromOne(network))) throw new TooMany(60);
  const length = Number(c.req.header('content-length') ?? 0);
  if (length > mostBytes.errors) fail(413, 'The request is too large');
  await next();
});

signals.post('/errors', async (c) => {
  if (providers().projects.length === 0) fail(404, 'Nobody takes errors');
  const envelope = await c.req.text();
  if (envelope.length > mostBytes.errors) fail(413, 'The request is too large');
  if (!isError(envelope)) fail(422, 'This is no error');
  const seconds = busy();
  if (seconds > 0) throw new TooMany(seconds);
  sendEnvelope(envelope);
  return c.body(null, 202);
});

signals.post('/counts', async (c) => {
  const { counters } = providers();
  if (counters.length === 0) fail(404, 'Nobody counts');
  const read = v.safeParse(beacon, await body(c));
  if (!read.success) fail(422, 'This is nothing to count');
  const from = visitor(c);
  if (read.output.kind === 'vitals' || !objects(c)) for (const each of counters) {
    const out = counted(each, read.output, from);
    if (out) send(out);
  }
  return c.body(null, 202);
});

/** Whether the visitor has asked not to be followed. */
const objects = (c: Context) => c.req.header('dnt') === '1' || c.req.header('sec-gpc') === '1';

function visitor(c: Context): Visitor {
  const origin = c.req.header('origin') ?? '';
  return {
    origin: URL.canParse(origin) ? origin : new URL(c.req.url).origin,
    agent: (c.req.header('user-agent') ?? '').slice(0, 500),
    address: networkAddress(c),
  };
}

/** Tells the browser that there is somebody to send signals to; where there is nobody, it loads and sends nothing. */
export const announce: MiddlewareHandler<Env> = async (c, next) => {
  const { projects, counters } = providers();
  if (projects.length + counters.length > 0) {
    const wanted: Wanted = { release: buildId, environment: environment(), errors: projects.length > 0, counts: counters.length > 0 };
    c.header('x-signals', JSON.stringify(wanted));
  }
  await next();
};
