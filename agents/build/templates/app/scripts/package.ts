/**
 * The last step of `npm run build`: what Netlify and Vercel take, from the same build as dist/.
 *
 *   dist/build.json      the id of the build: 16 hex digits that follow from its files
 *   dist/netlify/        `public` and `functions`, as netlify.toml says
 *   dist/sourcemaps/     the source maps of all of it, which nobody publishes
 *   .vercel/output/      Vercel's Build Output, version 3, for `vercel deploy --prebuilt`
 */
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, relative, sep } from 'node:path';
import { Hono } from 'hono';
import { secureHeaders } from 'hono/secure-headers';
import { app } from '../shared/app';
import { assetCaching, isHidden, pageHeaders } from '../server/public';
import { keepSourceMaps } from './sourcemaps';

const pages = 'dist/public';

/** Every file below a folder, by its path from there. */
function filesOf(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const found = entries.filter((entry) => entry.isFile()).map((entry) => relative(folder, `${entry.parentPath}/${entry.name}`));
  return found.map((path) => path.split(sep).join('/'));
}

function identify(): string {
  const scripts = filesOf('migrations').filter((path) => path.endsWith('.sql'));
  const files = new Map([['server.mjs', 'dist/server.mjs']]);
  for (const path of filesOf(pages)) if (!isHidden(path)) files.set(`public/${path}`, `${pages}/${path}`);
  for (const path of scripts) files.set(`migrations/${path}`, `migrations/${path}`);
  const digest = createHash('sha256');
  const names = [...files.keys()].toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  for (const name of names) {
    const content = readFileSync(files.get(name) ?? name);
    digest.update(`${Buffer.byteLength(name)} ${content.length} ${name}`).update(content);
  }
  return digest.digest('hex').slice(0, 16);
}

function write(path: string, content: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;

function publish(folder: string): void {
  cpSync(pages, folder, { recursive: true, filter: (path) => !isHidden(relative(pages, path).split(sep).join('/')) });
}

/** The function's code, which knows what build it is of. */
function bundled(name: string, build: string): string {
  // On the first line, which source maps leave out.
  return `process.env.APP_BUILD = '${build}';${readFileSync(`dist/functions/${name}.mjs`, 'utf8')}`;
}

/** The headers of every page, in the words that the server of dist/ uses. */
async function headersOf(build: string): Promise<Record<string, string>> {
  const page = new Hono().use(secureHeaders(pageHeaders)).get('/', (c) => c.body(null, 200, { 'x-build-id': build }));
  return Object.fromEntries((await page.request('/')).headers);
}

function forNetlify(build: string, headers: Record<string, string>): void {
  const out = 'dist/netlify';
  rmSync(out, { recursive: true, force: true });
  publish(`${out}/public`);
  const lines = Object.entries(headers).map(([name, value]) => `  ${name}: ${value}\n`);
  write(`${out}/public/_headers`, `/*\n${lines.join('')}/assets/*\n  cache-control: ${assetCaching}\n`);
  write(`${out}/public/_redirects`, '/assets/* /index.html 404\n/* /index.html 200\n');
  write(`${out}/functions/api.mjs`, bundled('netlify', build));
}

function forVercel(build: string, headers: Record<string, string>): void {
  const out = '.vercel/output';
  rmSync(out, { recursive: true, force: true });
  publish(`${out}/static`);
  write(`${out}/functions/api.func/index.mjs`, bundled('vercel', build));
  const launcher = { runtime: 'nodejs22.x', handler: 'index.mjs', launcherType: 'Nodejs', shouldAddHelpers: false, supportsResponseStreaming: true };
  write(`${out}/functions/api.func/.vc-config.json`, json(launcher));
  const routes = [
    { src: '^/(?!api/).*$', headers, continue: true },
    { src: '^/assets/.*$', headers: { 'cache-control': assetCaching }, continue: true },
    { handle: 'filesystem' },
    { src: '^/api(/.*)?$', dest: '/api' },
    { src: '^/assets/.*$', status: 404 },
    { src: '^/.*$', dest: '/index.html' },
  ];
  write(`${out}/config.json`, json({ version: 3, routes }));
}

keepSourceMaps();
const build = identify();
write('dist/build.json', json({ app: app.slug, build }));
const headers = await headersOf(build);
forNetlify(build, headers);
forVercel(build, headers);
