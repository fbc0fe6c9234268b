import { expect, it } from 'vitest';
import { seed } from '../server/seed';
import { newEmail } from './support/client';

it('a demonstration account gets its records once', async () => {
  const account = { email: newEmail(), name: 'Demo', password: 'a demonstration' };
  const first = await seed(account);
  expect(first.created).toBe(true);
  expect(await seed(account)).toEqual({ created: false, added: {} });
});
