import process from 'node:process';
import { getRequestListener } from '@hono/node-server';
import { app } from './app';
import { delivered } from './mail';
import { settled } from './signals/delivery';

// The platform replaces X-Forwarded-For, whatever a visitor sends.
process.env.TRUST_PROXY ||= '1';

interface Platform {
  get?: () => { waitUntil?: (work: Promise<unknown>) => void } | undefined;
}

/** Where the platform keeps what belongs to a request, as in `@vercel/functions`. */
const platform = () => (globalThis as unknown as Record<symbol, Platform | undefined>)[Symbol.for('@vercel/request-context')]?.get?.();

/** The API as a Vercel function; `scripts/package.ts` puts it beside the public files. */
export default getRequestListener(async (request, environment) => {
  const response = await app.fetch(request, environment);
  // A function is stopped when it has answered, unless it says that there is more to do.
  platform()?.waitUntil?.(Promise.all([delivered(), settled()]));
  return response;
});
