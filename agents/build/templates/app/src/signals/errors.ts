import { masked } from '../../shared/masked';
import type { Wanted } from '../../shared/signals';
import type { Surroundings } from '../lib/signals';
import {
  BrowserClient, dedupeIntegration, defaultStackParser, type ErrorEvent, getCurrentScope, globalHandlersIntegration, linkedErrorsIntegration, makeFetchTransport,
} from './sentry';

const most = 20;
let sent = 0;

/** Code that the reader's browser has put into the page. */
const foreign = /^(chrome|moz|safari(-web)?)-extension:/;

/** Keeps the address of the page to its pattern, and messages to what tells of no person. */
function withoutSecrets(event: ErrorEvent, place: string): ErrorEvent | null {
  const values = event.exception?.values ?? [];
  if (values.some(({ stacktrace }) => stacktrace?.frames?.some(({ filename }) => foreign.test(filename ?? '')))) return null;
  if (++sent > most) return null;
  for (const exception of values) if (exception.value) exception.value = masked(exception.value);
  if (event.message) event.message = masked(event.message);
  delete event.user;
  delete event.breadcrumbs;
  event.transaction = place;
  event.request = { url: location.origin + place, headers: { 'User-Agent': navigator.userAgent } };
  return event;
}

/** Tells the app's own server of everything that is thrown and not caught. */
export function watch({ release, environment }: Wanted, { place, early }: Surroundings): void {
  const client = new BrowserClient({
    // The server knows whom it passes errors on to; the SDK only wants an address that looks like one.
    dsn: `${location.protocol}//app@${location.host}/1`,
    tunnel: '/api/app/signals/errors',
    release,
    environment,
    transport: makeFetchTransport,
    transportOptions: { headers: { 'content-type': 'application/octet-stream' } },
    stackParser: defaultStackParser,
    integrations: [globalHandlersIntegration(), linkedErrorsIntegration(), dedupeIntegration()],
    sendClientReports: false,
    beforeSend: (event) => withoutSecrets(event, place()),
  });
  getCurrentScope().setClient(client);
  client.init();
  for (const error of early) client.captureException(error, { mechanism: { type: 'early', handled: false } });
}
