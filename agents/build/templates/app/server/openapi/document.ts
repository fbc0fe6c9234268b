import { app } from '../../shared/app';
import { entities } from '../../shared/model';
import { features } from '../features';
import { paths as accountPaths, schemas as accountSchemas } from './accounts';
import { answer, everyone, inPath, type Operation, type Paths, shared } from './operations';
import { paths as recordPaths, schemas as recordSchemas } from './records';
import { object, text } from './schemas';
import { paths as signalPaths } from './signals';

interface Route {
  method: string;
  path: string;
}

const health: Paths = {
  '/health': { get: { operationId: 'health', summary: 'Whether the server and its database work', tags: ['Server'], security: everyone, responses: { 200: answer('They do', object({ ok: { type: 'boolean' }, build: text, database: text })), 503: answer('They do not', object({ ok: { type: 'boolean' }, build: text, database: text })) } } },
  '/openapi.json': { get: { operationId: 'openapi', summary: 'This document', tags: ['Server'], security: everyone, responses: { 200: answer('An OpenAPI document', { type: 'object' }) } } },
};

/** `/api/recipes/:id{[0-9a-f-]+}/comments` as `/recipes/{id}/comments`. */
export function pathOf(route: string): string {
  let path = '';
  for (let at = '/api'.length; at < route.length; at += 1) {
    const name = route[at] === ':' ? /^\w+/.exec(route.slice(at + 1))?.[0] : undefined;
    if (name === undefined) path += route[at];
    else {
      path += `{${name}}`;
      at += name.length;
      // A pattern may hold braces of its own.
      for (let depth = 0; route[at + 1] === '{' || depth > 0; at += 1) depth += route[at + 1] === '{' ? 1 : route[at + 1] === '}' ? -1 : 0;
    }
  }
  return path;
}

/** A route that says of itself no more than its address. */
function plain(method: string, path: string): Operation {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  const words = path.split('/').filter((part) => part !== '' && !part.startsWith('{'));
  return {
    operationId: `${method}.${path.replaceAll(/[^\w]+/g, '.').replaceAll(/^\.|\.$/g, '')}`,
    summary: `${method.toUpperCase()} ${words.join(' ')}`,
    tags: [words[0] === 'app' ? (words[1] ?? 'App') : (words.at(-1) ?? 'App')],
    security: everyone,
    ...(names.length > 0 ? { parameters: names.map((name) => inPath(name, text)) } : {}),
    responses: { default: { description: 'See the feature’s own file in server/features/' } },
  };
}

/** The OpenAPI 3.1 document of all routes that are served. */
export function document(routes: readonly Route[]): object {
  const described: Record<string, Record<string, Operation>> = {};
  const parts = [health, signalPaths, accountPaths, ...entities.map(recordPaths), ...features.map(({ openapi }) => openapi ?? {})];
  for (const [path, operations] of parts.flatMap((each) => Object.entries(each))) described[path] = { ...described[path], ...operations };
  for (const { method, path: route } of routes) {
    const [verb, path] = [method.toLowerCase(), pathOf(route)];
    if (method === 'ALL' || path.includes('*')) continue;
    described[path] = { ...described[path], [verb]: described[path]?.[verb] ?? plain(verb, path) };
  }
  return {
    openapi: '3.1.0',
    info: { title: app.name, description: app.description, version: '1' },
    servers: [{ url: '/api' }],
    paths: described,
    components: {
      schemas: { ...shared, ...accountSchemas, ...Object.assign({}, ...entities.map(recordSchemas)) as object },
      securitySchemes: { session: { type: 'apiKey', in: 'cookie', name: `${app.slug}_session`, description: 'Set by logging in' } },
    },
  };
}
