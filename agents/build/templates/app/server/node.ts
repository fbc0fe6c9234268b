import { readFileSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { serve } from '@hono/node-server';
import { serveStatic } from '@hono/node-server/serve-static';
import { type Context, Hono } from 'hono';
import { secureHeaders } from 'hono/secure-headers';
import { app as api } from './app';
import { buildId } from './build';
import { closeDb } from './db';
import { features } from './features';
import { keepDelivering } from './mail';
import { assetCaching, isHidden, pageHeaders } from './public';
import { settled } from './signals/delivery';
import { report } from './signals/report';

const root = fileURLToPath(new URL('public', import.meta.url));
const index = readFileSync(`${root}/index.html`, 'utf8');
let draining = false;

const web = new Hono();
web.use(async (c, next) => {
  await next();
  if (draining) c.header('connection', 'close');
});
web.all('/api/*', (c) => api.fetch(c.req.raw, c.env));
web.use(secureHeaders(pageHeaders));
const page = (c: Context) =>
  c.html(index, 200, { 'x-build-id': buildId, 'cache-control': 'no-cache' });
web.get('/', page);
web.get('/index.html', page);
web.use((c, next) => (isHidden(c.req.path.slice(1)) ? Promise.resolve(c.text('Not found', 404)) : next()));
web.use('/*', serveStatic({
  root,
  onFound: (path, c) => c.header('cache-control', path.includes('/assets/') ? assetCaching : 'public, max-age=300'),
}));
web.get('/assets/*', (c) => c.text('Not found', 404));
web.get('/*', page);

const hostname = process.env.HOST ?? '127.0.0.1';
const server = serve({ fetch: web.fetch, port: Number(process.env.PORT ?? 8787), hostname }, ({ address, port }) => {
  console.log(`listening on http://${address}:${port} (build ${buildId})`);
});
server.on('error', (error: NodeJS.ErrnoException) => {
  console.error(error.code === 'EADDRINUSE' ? `${error.message}: set PORT to a free port` : error);
  process.exit(1);
});

const stopDelivering = keepDelivering();
const jobs = setInterval(() => {
  for (const { minutely } of features) void minutely?.();
}, 60_000);

/** Answers what has begun, takes nothing new, and is gone within 10 seconds. */
function drain(): void {
  if (draining) return;
  draining = true;
  clearInterval(jobs);
  const deadline = setTimeout(() => 'closeAllConnections' in server && server.closeAllConnections(), 7_000);
  server.close(() => {
    clearTimeout(deadline);
    void stopDelivering().then(() => settled()).then(closeDb).then(() => process.exit(0));
  });
}
/** Ends as Node does when nobody catches an error, but not before somebody was told. */
function crash(error: unknown): void {
  console.error(error);
  report(error, { fatal: true });
  void settled().then(() => process.exit(1));
}
process.on('uncaughtException', crash);
process.on('unhandledRejection', crash);
process.on('SIGTERM', drain);
process.on('SIGINT', drain);
