// Serves dist/netlify as Netlify does: functions by their `config.path`, else the public files with
// `_headers`, else `_redirects`. Usage: node netlify.mjs <app folder> <port>
import { existsSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { pathToFileURL } from 'node:url';

const [folder, port] = process.argv.slice(2);
const out = `${folder}/dist/netlify`;
const { default: answer, config } = await import(pathToFileURL(`${out}/functions/api.mjs`));
const matcher = (pattern) => new RegExp(`^${pattern.replace(/\/\*$/, '(?:/.*)?')}$`);
const isFunction = matcher(config.path);
const lines = (name) => readFileSync(`${out}/public/${name}`, 'utf8').split('\n').filter(Boolean);
const redirects = lines('_redirects').map((line) => line.split(/\s+/));
const headers = [];
for (const line of lines('_headers')) {
  if (line.startsWith('/')) headers.push([matcher(line), []]);
  else headers.at(-1)[1].push(line.trim().split(/:\s*(.*)/, 2));
}

async function call(request, response) {
  const body = [];
  for await (const chunk of request) body.push(chunk);
  const init = { method: request.method, headers: request.headers };
  if (body.length > 0) init.body = Buffer.concat(body);
  const answered = await answer(new Request(`http://${request.headers.host}${request.url}`, init), {});
  response.writeHead(answered.status, [...answered.headers].flat());
  response.end(Buffer.from(await answered.arrayBuffer()));
}

function send(response, path, status, asked) {
  for (const [pattern, values] of headers) if (pattern.test(asked)) for (const [name, value] of values) response.setHeader(name, value);
  response.writeHead(status, { 'content-type': path.endsWith('.html') ? 'text/html' : 'application/octet-stream' });
  response.end(readFileSync(`${out}/public${path}`));
}

createServer((request, response) => {
  const path = decodeURI(new URL(request.url, 'http://x').pathname);
  if (isFunction.test(path)) return call(request, response);
  const file = path === '/' ? '/index.html' : path;
  const there = existsSync(`${out}/public${file}`) && statSync(`${out}/public${file}`).isFile();
  if (there && !file.startsWith('/_')) return send(response, file, 200, path);
  const [, target, status] = redirects.find(([from]) => matcher(from).test(path));
  return send(response, target, Number(status), path);
}).listen(Number(port), '127.0.0.1');
