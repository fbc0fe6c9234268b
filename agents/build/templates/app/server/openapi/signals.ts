import { metrics } from '../../shared/signals';
import { everyone, nothing, type Paths, refusals, sent } from './operations';
import { object, text } from './schemas';

const values = object(Object.fromEntries(metrics.map((name) => [name, { type: 'number', minimum: 0 }])), []);
const view = object({ kind: { enum: ['view'] }, page: text, referrer: text });
const vitals = object({ kind: { enum: ['vitals'] }, page: text, visit: text, values });

/** What the app's own pages tell of themselves; 404 where nobody is set up who takes it. */
export const paths: Paths = {
  '/app/signals/errors': { post: { operationId: 'signals.errors', summary: 'Pass on an error of a page, as an envelope of Sentry’s', tags: ['Server'], security: everyone, requestBody: { required: true, content: { 'application/octet-stream': {} } }, responses: { 202: nothing, ...refusals(404, 413, 422, 429) } } },
  '/app/signals/counts': { post: { operationId: 'signals.counts', summary: 'Count a page that was opened, or how quick it was', tags: ['Server'], security: everyone, requestBody: sent({ anyOf: [view, vitals] }), responses: { 202: nothing, ...refusals(404, 413, 422, 429) } } },
};
