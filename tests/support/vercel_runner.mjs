// Serves a function as Vercel's Node launcher does: a handler of (request, response), exported as
// default or as the module itself. Usage: node vercel_runner.mjs <handler>; prints its port.
import { createServer } from 'node:http';
import { pathToFileURL } from 'node:url';

const print = console.log;
console.log = console.error;
const loaded = await import(pathToFileURL(process.argv[2]));
const handler = loaded.default?.default ?? loaded.default ?? loaded;
const server = createServer((request, response) => handler(request, response));
server.listen(0, '127.0.0.1', () => print(server.address().port));
process.stdin.on('end', () => process.exit()).resume();
