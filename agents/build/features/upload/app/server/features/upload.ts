import { Hono } from 'hono';
import { asUser } from '../db';
import type { ServerFeature } from '../feature';
import { type Env, fail } from '../http';

const base = '/app/upload';
const most = 5 * 1024 * 1024;
/** Bytes that one person may keep. */
const quota = 200 * 1024 * 1024;

/** What the first bytes say: the name and the browser's word for it may both be wrong. */
const signatures: readonly [type: string, at: number, bytes: string][] = [
  ['image/png', 0, '\x89PNG\r\n\x1a\n'],
  ['image/jpeg', 0, '\xff\xd8\xff'],
  ['image/gif', 0, 'GIF8'],
  ['image/webp', 8, 'WEBP'],
  ['image/avif', 4, 'ftypavif'],
  ['application/pdf', 0, '%PDF-'],
];

function typeOf(content: Buffer): string {
  const head = content.subarray(0, 32).toString('latin1');
  return signatures.find(([, at, bytes]) => head.startsWith(bytes, at))?.[0] ?? 'application/octet-stream';
}

/** A name that is safe in every address and on every disk. */
function nameOf(given: string): string {
  const plain = given.normalize('NFKD').replaceAll(/[^A-Za-z0-9._-]+/g, '-').replace(/^[.-]+/, '').slice(-100).replace(/^[.-]+/, '');
  return plain === '' ? 'file' : plain;
}

const routes = new Hono<Env>()
  .get(base, async (c) => {
    const user = c.get('user') ?? fail(401, 'Please log in');
    return c.json([...(await asUser(user, (tx) => tx`select id, name, path, size, used, created_at from app_files where owner_id = app_user_id() order by created_at desc limit 500`))]);
  })
  .delete(`${base}/:id{[0-9a-f-]{36}}`, async (c) => {
    const user = c.get('user') ?? fail(401, 'Please log in');
    const gone = await asUser(user, (tx) => tx`delete from app_files where id::text = ${c.req.param('id')} returning id`);
    return gone.length > 0 ? c.body(null, 204) : fail(404, 'There is no such file of yours');
  })
  .post(base, async (c) => {
    const user = c.get('user') ?? fail(401, 'Please log in');
    const content = Buffer.from(await c.req.arrayBuffer());
    if (content.length === 0) fail(422, 'The file is empty');
    if (content.length > most) fail(413, 'The file is larger than 5 MB');
    const values = { name: nameOf(c.req.query('name') ?? ''), type: typeOf(content), size: content.length, content };
    return asUser(user, async (tx) => {
      await tx`select pg_advisory_xact_lock(hashtextextended(${`files ${user.id}`}, 0))`;
      await tx`delete from app_files where owner_id = app_user_id() and not used and created_at < now() - interval '1 day'`;
      const [kept] = await tx`select coalesce(sum(size), 0)::bigint as bytes from app_files where owner_id = app_user_id()`;
      if (Number(kept?.bytes) + content.length > quota) fail(409, 'You have no room left for files: delete some first');
      const [row] = await tx`insert into app_files ${tx(values)} returning path, type, size`;
      return c.json(row, 201);
    });
  })
  .get(`${base}/:id{[0-9a-f-]{36}}/:name{[A-Za-z0-9._-]+}`, async (c) => {
    const path = `/api${base}/${c.req.param('id')}/${c.req.param('name')}`;
    const [file] = await asUser(c.get('user'), (tx) => tx`select type, content from app_files where path = ${path}`);
    if (!file) fail(404, 'There is no such file');
    const shown = String(file.type).startsWith('image/');
    c.header('content-type', String(file.type));
    c.header('content-disposition', `${shown ? 'inline' : 'attachment'}; filename="${c.req.param('name')}"`);
    // A file never changes; only who may see it does.
    c.header('cache-control', 'private, max-age=300');
    return c.body(new Uint8Array(file.content as Buffer));
  });

/** Pictures and files. */
export const feature: ServerFeature = { routes };
