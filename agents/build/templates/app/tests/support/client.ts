import { randomUUID } from 'node:crypto';
import type { User } from '../../shared/entity';
import { app } from '../../server/app';
import { withSettings } from '../../server/db';

export const password = 'correct horse battery';

/** Calls the API as a browser would: keeps the session's cookie. */
export class Client {
  cookie = '';
  user: User | null = null;

  async call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Response> {
    const init: RequestInit = { method, headers: { ...headers, ...(this.cookie ? { cookie: this.cookie } : {}) } };
    if (body !== undefined) {
      init.body = JSON.stringify(body);
      init.headers = { 'content-type': 'application/json', ...init.headers };
    }
    const response = await app.request(`/api${path}`, init);
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

/** A new account with a role. */
export async function signedUp(role: string): Promise<Client> {
  const client = new Client();
  const email = newEmail();
  const user = await client.json<User>('POST', '/auth/signup', { name: 'Test Person', email, password });
  await withSettings({ role: 'admin' }, (tx) => tx`update app_users set role = ${role} where id = ${user.id}`);
  client.user = { ...user, role };
  return client;
}

const kept = new Map<string, Promise<Client>>();

/** Two accounts of each role, made once: they must not see each other's records. */
export function person(role: string, which: 'first' | 'second' = 'first'): Promise<Client> {
  const key = `${role} ${which}`;
  const known = kept.get(key) ?? signedUp(role);
  kept.set(key, known);
  return known;
}
