import type { Context, MiddlewareHandler } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { Errors, User } from '../shared/entity';

export type Env = { Variables: { user: User | null } };

/** What a client gets instead of a result. */
export function fail(status: 401 | 403 | 404 | 409 | 413 | 422 | 429, message: string): never {
  throw new HTTPException(status, { message });
}

/** Input that is refused while it is saved: what is wrong, by field. */
export class Refused extends Error {
  constructor(readonly errors: Errors) {
    super('the input is refused');
  }
}

export const invalid = (c: Context, errors: Errors) => c.json({ error: 'Please correct the marked fields', errors }, 422);

/** The JSON body of a request; null when there is none that can be read. */
export async function body(c: Context): Promise<unknown> {
  return c.req.json().catch(() => null);
}

const swallowed = 32 * 1024 * 1024;

/** Answers what is too large, after taking in the rest: a client that still sends would not hear the answer. */
export async function tooLarge(c: Context): Promise<Response> {
  let bytes = 0;
  const { body: rest } = c.req.raw;
  for await (const chunk of rest && !rest.locked ? rest : []) {
    bytes += (chunk as Uint8Array).length;
    if (bytes > swallowed) break;
  }
  return c.json({ error: 'The request is too large' }, 413);
}

const safe = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Refuses changes that another site sent with this user's cookie: browsers say where a request
 * comes from, and other programs have no cookie to misuse.
 */
export const sameOrigin: MiddlewareHandler<Env> = async (c, next) => {
  if (!safe.has(c.req.method)) {
    const site = c.req.header('sec-fetch-site');
    const origin = c.req.header('origin');
    const host = c.req.header('host') ?? new URL(c.req.url).host;
    const foreign = site ? site !== 'same-origin' && site !== 'none' : origin !== undefined && (!URL.canParse(origin) || new URL(origin).host !== host);
    if (foreign) fail(403, 'This request came from another site');
    const type = c.req.header('content-type');
    // A form of another site can send none of these.
    if (type && !/^(application\/json|application\/octet-stream|text\/csv)\b/.test(type)) throw new HTTPException(415, { message: 'Send JSON' });
  }
  await next();
};
