import { getRequestListener } from '@hono/node-server';
import { app } from './app';

/** The API as a Vercel function; `scripts/package.ts` puts it beside the public files. */
export default getRequestListener(app.fetch);
