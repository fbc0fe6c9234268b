import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { HTTPException } from 'hono/http-exception';
import { routePath } from 'hono/route';
import { secureHeaders } from 'hono/secure-headers';
import { mostBytes } from '../shared/csv';
import { entities } from '../shared/model';
import { accounts } from './accounts';
import { buildId } from './build';
import { databaseState } from './db';
import { features } from './features';
import { type Env, sameOrigin, tooLarge } from './http';
import { invitations } from './invitations';
import { TooMany } from './limits';
import { document } from './openapi/document';
import { outbox } from './outbox';
import { profile } from './profile';
import { records } from './records';
import { recovery } from './recovery';
import { session } from './sessions';
import { report } from './signals/report';
import { announce, signals } from './signals/routes';
import { transfer } from './transfer';
import { users } from './users';

/** The whole API as one `Request => Response`; `node.ts` serves it, and so may any platform. */
export const app = new Hono<Env>().basePath('/api');

app.use(secureHeaders({ contentSecurityPolicy: { defaultSrc: ["'none'"] }, strictTransportSecurity: false }));
app.use(async (c, next) => {
  await next();
  if (!c.res.headers.has('cache-control')) c.header('cache-control', 'no-store');
});

app.get('/health', async (c) => {
  const database = await databaseState();
  const ok = database === 'ok';
  return c.json({ ok, build: buildId, database }, ok ? 200 : 503);
});

const limit = (maxSize: number) => bodyLimit({ maxSize, onError: tooLarge });
const [usual, files] = [limit(1024 * 1024), limit(mostBytes)];
app.use((c, next) => (c.req.path.endsWith('/import') || c.req.path === '/api/app/upload' ? files : usual)(c, next));
app.use(sameOrigin);
app.route('/app/signals', signals);
app.use('/auth/me', announce);
app.use(session);
app.route('/auth', accounts);
app.route('/auth', recovery);
app.route('/auth', profile);
app.route('/auth/users', users);
app.route('/auth/invitations', invitations);
app.route('/auth/outbox', outbox);
for (const { routes } of features) if (routes) app.route('/', routes);
for (const entity of entities) app.route(`/${entity.path}`, records(entity)).route(`/${entity.path}`, transfer(entity));

app.get('/openapi.json', (c) => c.json(document(app.routes)));

app.notFound((c) => c.json({ error: 'There is nothing here' }, 404));
app.onError((error, c) => {
  if (error instanceof TooMany) c.header('retry-after', String(error.seconds));
  if (error instanceof HTTPException) return c.json({ error: error.message }, error.status);
  console.error(error);
  report(error, { method: c.req.method, route: routePath(c) });
  return c.json({ error: 'Something went wrong on the server' }, 500);
});
