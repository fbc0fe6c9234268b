import type { Errors } from '../../shared/entity';
import { heard } from './signals';
import { t } from './texts';

/** The server refused: `errors` are the messages of a form's fields. */
export class ApiError extends Error {
  constructor(readonly status: number, message: string, readonly errors: Errors = {}) {
    super(message);
  }
}

interface Options {
  method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  body?: unknown;
  /** A file to send instead of JSON, and what it is. */
  file?: Blob;
  type?: 'text/csv' | 'application/octet-stream';
  signal?: AbortSignal;
}

/** Calls the API below `/api`. Throws ApiError with words that can be shown. */
export async function call<T>(path: string, { method = 'GET', body, file, type = 'text/csv', signal }: Options = {}): Promise<T> {
  const init: RequestInit = { method, headers: body === undefined ? {} : { 'content-type': 'application/json' } };
  if (body !== undefined) init.body = JSON.stringify(body);
  if (file) Object.assign(init, { body: file, headers: { 'content-type': type } });
  if (signal) init.signal = signal;
  let response: Response;
  try {
    response = await fetch(`/api${path}`, init);
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(0, t('The server cannot be reached. Check your connection and try again.'));
  }
  heard(response);
  if (response.status === 204) return undefined as T;
  const answer: unknown = await response.json().catch(() => null);
  if (response.ok) return answer as T;
  const { error = t('The server answered {status}', { status: response.status }), errors } = (answer ?? {}) as { error?: string; errors?: Errors };
  throw new ApiError(response.status, error, errors);
}

/** What to show of anything that was thrown. */
export const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
