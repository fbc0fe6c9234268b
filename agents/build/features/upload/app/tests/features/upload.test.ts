import { describe, expect, it } from 'vitest';
import { defaultRole } from '../../shared/app';
import { reach } from '../../shared/entity';
import { uploaded } from '../../shared/features/upload';
import { entityOf } from '../../shared/model';
import { app } from '../../server/app';
import { asUser } from '../../server/db';
import { type Client, guest, person, signedUp } from '../support/client';
import { author, columnsOf, inputFor } from '../support/records';

const png = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');

const send = (client: Client, content: Buffer, name = 'cat.png', headers: Record<string, string> = {}) =>
  Promise.resolve(app.request(`/api/app/upload?name=${encodeURIComponent(name)}`, { method: 'POST', body: new Uint8Array(content), headers: { 'content-type': 'application/octet-stream', cookie: client.cookie, ...headers } }));

async function upload(client: Client, content = png, name = 'cat.png'): Promise<string> {
  const answer = await send(client, content, name);
  expect(answer.status, await answer.clone().text()).toBe(201);
  return ((await answer.json()) as { path: string }).path;
}

const get = (client: Client, path: string) => client.call('GET', path.replace(/^\/api/, ''));

describe('files', () => {
  it('are sent, fetched again byte for byte, listed and deleted by their owner', async () => {
    const client = await person(defaultRole);
    const path = await upload(client);
    const answer = await get(client, path);
    expect(answer.headers.get('content-type')).toBe('image/png');
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(png);
    const [mine] = await client.json<{ id: string; path: string }[]>('GET', '/app/upload');
    expect(mine?.path).toBe(path);
    const other = await person(defaultRole, 'second');
    expect((await other.call('DELETE', `/app/upload/${mine?.id}`)).status).toBe(404);
    expect((await client.call('DELETE', `/app/upload/${mine?.id}`)).status).toBe(204);
    expect((await get(client, path)).status).toBe(404);
  });

  it('are seen by nobody else while no record shows them', async () => {
    const path = await upload(await person(defaultRole));
    const other = await person(defaultRole, 'second');
    expect((await get(other, path)).status).toBe(404);
    expect((await get(guest(), path)).status).toBe(404);
    expect(await asUser(other.user, (tx) => tx`select from app_files where path = ${path}`)).toHaveLength(0);
    await expect(asUser(other.user, (tx) => tx`update app_files set used = true where path = ${path} returning id`)).resolves.toHaveLength(0);
  });

  it('are what their bytes say, whatever their name says; a page is only ever downloaded', async () => {
    const client = await person(defaultRole);
    const answer = await get(client, await upload(client, Buffer.from('<script>alert(1)</script>'), 'cat.png'));
    expect(answer.headers.get('content-type')).toBe('application/octet-stream');
    expect(answer.headers.get('content-disposition')).toMatch(/^attachment/);
  });

  it.each(['../../etc/passwd', '..\\..\\win.ini', '.env', 'a/b\0c.png', '"; x="', '🐈.png', '', 'x'.repeat(300)])('get a name that is safe: %j', async (name) => {
    const path = await upload(await person(defaultRole), png, name);
    expect(path).toMatch(/^\/api\/app\/upload\/[0-9a-f-]{36}\/[A-Za-z0-9_-][A-Za-z0-9._-]*$/);
    expect(path).not.toContain('..');
  });

  it('are refused when empty, too large, from a guest, or from another site', async () => {
    const client = await signedUp(defaultRole);
    expect((await send(client, Buffer.alloc(0))).status).toBe(422);
    expect((await send(client, Buffer.alloc(5 * 1024 * 1024 + 1))).status).toBe(413);
    expect((await send(guest(), png)).status).toBe(401);
    expect((await send(client, png, 'cat.png', { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
  });
});

describe.each(Object.entries(uploaded))('files of %s', (key, fields) => {
  const entity = entityOf(key);

  it('are seen by whoever sees the record, and cannot be taken from others', async (test) => {
    const client = await author(entity);
    const [field] = fields;
    const open = field && !entity.fields[field]?.writeRoles && !entity.fields[field]?.readRoles;
    if (!client?.user || !field || !open || reach(entity, 'read', client.user) === 'none') return test.skip('nobody may give it one and read it');
    const path = await upload(client);
    const input = { ...(await inputFor(entity, client)), [field]: path };
    expect((await client.call('POST', `/${entity.path}`, input)).status).toBe(201);
    const other = await person(client.user.role, 'second');
    const approvers = entity.approvers ?? [];
    const waits = approvers.length > 0 && !approvers.includes(client.user.role);
    const visible = !waits && (reach(entity, 'read', other.user) === 'all' || reach(entity, 'list', other.user) === 'all');
    expect((await get(other, path)).status).toBe(visible ? 200 : 404);

    const taken = { ...(await inputFor(entity, other)), [field]: await upload(client) };
    const refused = await other.call('POST', `/${entity.path}`, taken);
    expect(refused.status).toBe(422);
    expect(await refused.json()).toHaveProperty(`errors.${field}`);
    await expect(asUser(other.user, (tx) => tx`insert into ${tx(entity.table)} ${tx(columnsOf(tx, entity, taken))}`)).rejects.toHaveProperty('code', '23514');
  });
});
