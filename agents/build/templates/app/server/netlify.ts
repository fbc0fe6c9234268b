import process from 'node:process';
import { app } from './app';
import { delivered } from './mail';
import { settled } from './signals/delivery';

// The platform writes this header itself, whatever a visitor sends.
process.env.TRUST_PROXY ||= 'x-nf-client-connection-ip';

interface Context {
  waitUntil?: (work: Promise<unknown>) => void;
}

/** The API as a Netlify function; `scripts/package.ts` puts it beside the public files. */
export default async (request: Request, context?: Context) => {
  const response = await app.fetch(request);
  // A function is stopped when it has answered, unless it says that there is more to do.
  context?.waitUntil?.(Promise.all([delivered(), settled()]));
  return response;
};

export const config = { path: '/api/*' };
