/** As much of Sentry's SDK as is used here: to read all of its types would take a check a third of a second. */
export interface ErrorEvent {
  message?: string;
  transaction?: string;
  exception?: { values?: { value?: string; stacktrace?: { frames?: { filename?: string }[] } }[] };
  request?: { url: string; headers: Record<string, string> };
  user?: unknown;
  breadcrumbs?: unknown;
}

export interface Options {
  dsn: string;
  tunnel: string;
  release: string;
  environment: string;
  transport: unknown;
  transportOptions: { headers: Record<string, string> };
  stackParser: unknown;
  integrations: unknown[];
  sendClientReports: boolean;
  beforeSend: (event: ErrorEvent) => ErrorEvent | null;
}

export class BrowserClient {
  constructor(options: Options);
  init(): void;
  captureException(error: unknown, hint: { mechanism: { type: string; handled: boolean } }): void;
}

export const defaultStackParser: unknown;
export const makeFetchTransport: unknown;
export function getCurrentScope(): { setClient(client: BrowserClient): void };
export function dedupeIntegration(): unknown;
export function globalHandlersIntegration(): unknown;
export function linkedErrorsIntegration(): unknown;
