import { app } from './app';

/** The API as a Netlify function; `scripts/package.ts` puts it beside the public files. */
export default (request: Request) => app.fetch(request);

export const config = { path: '/api/*' };
