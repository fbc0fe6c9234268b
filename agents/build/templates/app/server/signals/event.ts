import { randomUUID } from 'node:crypto';
import process from 'node:process';
import { masked } from '../../shared/masked';

/** What a request was, without anything that the visitor sent. */
export interface About {
  method?: string;
  /** The address as the server knows it, as in `/api/recipes/:id`. */
  route?: string;
  /** The server ends because of it. */
  fatal?: boolean;
}

interface Frame {
  filename: string;
  function: string;
  lineno: number;
  colno: number;
  in_app: boolean;
}

const mostFrames = 50;
const mostCauses = 5;
const mostLines = 200;
const longestLine = 500;

const line = /^\s*at (?:(?:async )?(.+?) \()?(.+?):(\d+):(\d+)\)?$/;

/** Where the files lie on this machine is nobody's business. */
const placed = (file: string) => `app:///${file.split(/[\\/]/).at(-1)}`;

/** The calls that led to an error, the innermost one last. */
function frames(stack: string): Frame[] {
  const found: Frame[] = [];
  for (const text of stack.split('\n', mostLines)) {
    const [, name = '?', file, row, column] = (text.length <= longestLine && line.exec(text)) || [];
    if (file === undefined) continue;
    const in_app = !/^node:|[\\/]node_modules[\\/]/.test(file);
    found.push({ filename: in_app ? placed(file) : file.replace(/^.*[\\/]node_modules[\\/]/, ''), function: name, lineno: Number(row), colno: Number(column), in_app });
  }
  return found.slice(0, mostFrames).toReversed();
}

/** The error, and what caused it. */
function chain(error: unknown): unknown[] {
  const found = [error];
  for (const each of found) {
    if (!(each instanceof Error)) continue;
    const causes = [...(each instanceof AggregateError ? each.errors : []), each.cause].filter((cause) => cause !== undefined && !found.includes(cause));
    found.push(...causes.slice(0, mostCauses - found.length));
  }
  return found;
}

const message = (error: unknown) => masked(error instanceof Error ? error.message : String(error));

/** Which source maps its scripts have: the build has noted their ids by a stack of each. */
function images(): { type: 'sourcemap'; code_file: string; debug_id: string }[] {
  const known = (globalThis as { _sentryDebugIds?: Record<string, string> })._sentryDebugIds ?? {};
  return Object.entries(known).map(([stack, debug_id]) => ({ type: 'sourcemap', code_file: frames(stack).at(-1)?.filename ?? '', debug_id }));
}

/**
 * An error as an envelope of Sentry's protocol. It is written here because what the SDKs do besides
 * is not wanted on this side, and to bundle them takes longer than to bundle the rest of the server.
 * Source: https://develop.sentry.dev/sdk/data-model/event-payloads/
 */
export function envelope(error: unknown, { method, route, fatal = false }: About, running: { release: string; environment: string }): string {
  const event_id = randomUUID().replaceAll('-', '');
  const { code } = (error ?? {}) as { code?: unknown };
  const tags = { method, route, code: typeof code === 'string' ? code : undefined };
  const values = chain(error).map((each) => ({
    type: each instanceof Error ? each.name : typeof each,
    value: message(each),
    ...(each instanceof Error && each.stack ? { stacktrace: { frames: frames(each.stack) } } : {}),
    mechanism: { type: 'server', handled: false },
  }));
  const event = {
    event_id, timestamp: Date.now() / 1_000, platform: 'node', level: fatal ? 'fatal' : 'error', ...running,
    ...(route ? { transaction: `${method ?? ''} ${route}`.trim() } : {}), tags,
    exception: { values: values.toReversed() },
    debug_meta: { images: images() },
    contexts: { runtime: { name: 'node', version: process.version } },
  };
  const header = { event_id, sent_at: new Date().toISOString(), sdk: { name: 'genesis.app', version: '1.0.0' } };
  return [header, { type: 'event' }, event].map((part) => JSON.stringify(part)).join('\n').concat('\n');
}
