import { randomUUID } from 'node:crypto';
import type { User } from '../../shared/entity';
import { app } from '../../server/app';
import { withSettings } from '../../server/db';
import { features } from '../../server/features';
import { newId } from '../../server/ids';
import { hashPassword } from '../../server/passwords';

export const password = 'correct horse battery';

/** Calls the API as a browser would: keeps the session's cookie. */
export class Client {
  cookie = '';
  user: User | null = null;
  /** Which of the two people of a role it is: they are in different organisations. */
  which: 'first' | 'second' = 'first';
  /** Where it calls from: each from elsewhere, so that limits on one do not touch the others. */
  address = `10.${[0, 0, 0].map(() => Math.floor(Math.random() * 256)).join('.')}`;

  async call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Response> {
    return body === undefined ? this.raw(method, path, undefined, headers) : this.raw(method, path, JSON.stringify(body), { 'content-type': 'application/json', ...headers });
  }

  /** Sends a body as it is. */
  async raw(method: string, path: string, body: string | undefined, headers: Record<string, string>): Promise<Response> {
    const length: Record<string, string> = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const init: RequestInit = { method, headers: { ...length, ...headers, ...(this.cookie ? { cookie: this.cookie } : {}) } };
    if (body !== undefined) init.body = body;
    const response = await app.request(`/api${path}`, init, { incoming: { socket: { remoteAddress: this.address } } });
    const cookie = response.headers.get('set-cookie');
    if (cookie) this.cookie = /max-age=0/i.test(cookie) ? '' : (cookie.split(';')[0] ?? '');
    return response;
  }

  async json<T>(method: string, path: string, body?: unknown): Promise<T> {
    return (await (await this.call(method, path, body)).json()) as T;
  }
}

export const guest = () => new Client();
export const newEmail = () => `${randomUUID()}@example.com`;

/** A new account with a role; where the app has organisations, in `org` or else in one of its own. */
export async function signedUp(role: string, org?: string | null): Promise<Client> {
  const client = new Client();
  const user = { id: newId(), name: 'Test Person', email: newEmail(), role };
  const password_hash = await hashPassword(password);
  await withSettings({ user_id: user.id, role: 'system' }, async (tx) => {
    await tx`insert into app_users ${tx({ ...user, password_hash })}`;
    // The first one to sign up becomes administrator: tests of the others come after that.
    await tx`insert into app_claims ${tx({ key: 'admin', user_id: user.id })} on conflict do nothing`;
    if (org) await tx`insert into app_members ${tx({ user_id: user.id, org_id: org })}`;
    else for (const { joined } of features) await joined?.(tx, user, { organisation: 'Test organisation' }, null);
  });
  client.user = await client.json<User>('POST', '/auth/login', { email: user.email, password });
  return client;
}

async function made(role: string, which: Client['which'], founder: Promise<Client> | undefined): Promise<Client> {
  const client = await signedUp(role, (await founder)?.user?.org);
  client.which = which;
  return client;
}

const founders = new Map<string, Promise<Client>>();
const kept = new Map<string, Promise<Client>>();

/**
 * Two accounts of each role, made once: they must not see each other's records. All the first ones
 * are of one organisation, where the app has them, and all the second ones of another.
 */
export function person(role: string, which: Client['which'] = 'first'): Promise<Client> {
  const key = `${role} ${which}`;
  const founder = founders.get(which);
  const known = kept.get(key) ?? made(role, which, founder);
  if (!founder) founders.set(which, known);
  kept.set(key, known);
  return known;
}
