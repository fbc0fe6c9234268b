import process from 'node:process';
import { createStackParser, type ErrorEvent, linkedErrorsIntegration, Scope, serializeEnvelope } from '@sentry/core';
import { nodeStackLineParser, ServerRuntimeClient } from '@sentry/core/server';
import { masked } from '../../shared/masked';
import { buildId } from '../build';
import { allowance } from './allowance';
import { sendEnvelope } from './envelopes';
import { environment, providers } from './providers';

/** What a request was, without anything that the visitor sent. */
export interface About {
  method?: string;
  /** The address as the server knows it, as in `/api/recipes/:id`. */
  route?: string;
  /** The server ends because of it. */
  fatal?: boolean;
}

const mostInAMinute = allowance(60);

/** Where the files lie on this machine is nobody's business. */
const placed = (file: string) => `app:///${file.split(/[\\/]/).at(-1)}`;

function withoutSecrets(event: ErrorEvent): ErrorEvent | null {
  if (!mostInAMinute()) return null;
  for (const exception of event.exception?.values ?? []) {
    if (exception.value) exception.value = masked(exception.value);
    for (const frame of exception.stacktrace?.frames ?? []) if (frame.filename && frame.in_app) frame.filename = placed(frame.filename);
  }
  if (event.message) event.message = masked(event.message);
  for (const image of event.debug_meta?.images ?? []) if ('code_file' in image && image.code_file) image.code_file = placed(image.code_file);
  return event;
}

function begin(): ServerRuntimeClient {
  const client = new ServerRuntimeClient({
    dsn: providers().projects[0]?.dsn ?? '',
    release: buildId,
    environment: environment(),
    platform: 'node',
    runtime: { name: 'node', version: process.version },
    integrations: [linkedErrorsIntegration()],
    stackParser: createStackParser(nodeStackLineParser()),
    sendClientReports: false,
    beforeSend: withoutSecrets,
    transport: () => ({
      send: (envelope) => {
        sendEnvelope(String(serializeEnvelope(envelope)));
        return Promise.resolve({});
      },
      flush: () => Promise.resolve(true),
    }),
  });
  client.init();
  return client;
}

let client: ServerRuntimeClient | undefined;

/** Sends an error on its way. */
export async function capture(error: unknown, { method, route, fatal = false }: About): Promise<void> {
  client ??= begin();
  const scope = new Scope();
  scope.setClient(client);
  scope.setLevel(fatal ? 'fatal' : 'error');
  if (method) scope.setTag('method', method);
  if (route) scope.setTag('route', route).setTransactionName(`${method ?? ''} ${route}`.trim());
  client.captureException(error, { mechanism: { type: 'server', handled: false } }, scope);
  await client.flush(1_000);
}
