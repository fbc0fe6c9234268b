// Serves .vercel/output as Vercel does: the routes of config.json in their order, functions by
// what their .vc-config.json says. Usage: node vercel.mjs <app folder> <port>
import { existsSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { pathToFileURL } from 'node:url';

const [folder, port] = process.argv.slice(2);
const out = `${folder}/.vercel/output`;
const { version, routes } = JSON.parse(readFileSync(`${out}/config.json`, 'utf8'));
const launcher = JSON.parse(readFileSync(`${out}/functions/api.func/.vc-config.json`, 'utf8'));
if (version !== 3 || launcher.launcherType !== 'Nodejs' || !/^nodejs\d+\.x$/.test(launcher.runtime)) throw new Error('no build output');
const { default: answer } = await import(pathToFileURL(`${out}/functions/api.func/${launcher.handler}`));

function found(path, request, response) {
  if (existsSync(`${out}/functions${path}.func`)) return answer(request, response) ?? true;
  const file = `${out}/static${path.endsWith('/') ? `${path}index.html` : path}`;
  if (!existsSync(file) || !statSync(file).isFile()) return undefined;
  response.setHeader('content-type', file.endsWith('.html') ? 'text/html' : 'application/octet-stream');
  response.writeHead(200).end(readFileSync(file));
  return true;
}

createServer((request, response) => {
  const path = decodeURI(new URL(request.url, 'http://x').pathname);
  for (const route of routes) {
    if (route.handle === 'filesystem') {
      if (found(path, request, response)) return;
    } else if (new RegExp(route.src).test(path)) {
      for (const [name, value] of Object.entries(route.headers ?? {})) response.setHeader(name, value);
      if (route.status) return response.writeHead(route.status).end();
      if (route.dest && found(route.dest, request, response)) return;
      if (!route.continue) break;
    }
  }
  response.writeHead(404).end();
}).listen(Number(port), '127.0.0.1');
