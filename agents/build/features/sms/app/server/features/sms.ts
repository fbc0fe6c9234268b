import { createHash, randomInt } from 'node:crypto';
import { type Context, Hono } from 'hono';
import * as v from 'valibot';
import { app } from '../../shared/app';
import { errorsOf, type User } from '../../shared/entity';
import { codeInput, numberInput, type Sms } from '../../shared/sms';
import { asUser, type Tx } from '../db';
import type { News, ServerFeature } from '../feature';
import { body, type Env, fail, invalid } from '../http';
import { limit } from '../limits';
import { deliver, keep } from '../sms/outbox';
import { provider } from '../sms/provider';

const base = '/app/sms';
const guesses = 5;
const member = (c: Context<Env>): User => c.get('user') ?? fail(401, 'Please log in');
const hashOf = (user: User, code: string) => createHash('sha256').update(`${user.id} ${code}`).digest('hex');

async function state(tx: Tx): Promise<Sms> {
  const [number] = await tx<{ phone: string; confirmed: boolean }[]>`select phone, confirmed_at is not null as confirmed from app_sms_numbers where owner_id = app_user_id()`;
  const messages = await tx<Sms['messages']>`select id, text, created_at from app_sms_outbox where owner_id = app_user_id() and state = 'simulated' order by created_at desc, id desc limit 20`;
  return { phone: number?.phone ?? null, confirmed: number?.confirmed ?? false, simulated: provider() === null, messages: provider() ? [] : [...messages] };
}

const routes = new Hono<Env>()
  .get(base, async (c) => c.json(await asUser(member(c), state)))
  .post(base, async (c) => {
    const user = member(c);
    const given = v.safeParse(numberInput, await body(c));
    if (!given.success) return invalid(c, errorsOf(given.issues));
    await limit(c, 'sms', user.id);
    const code = String(randomInt(1_000_000)).padStart(6, '0');
    return asUser(user, async (tx) => {
      const row = { phone: given.output.phone, code_hash: hashOf(user, code) };
      await tx`insert into app_sms_numbers ${tx(row)} on conflict (owner_id) do update set phone = excluded.phone, code_hash = excluded.code_hash, attempts = 0, confirmed_at = null`;
      await keep(tx, { owner_id: user.id, phone: row.phone, text: `${code} is your code for ${app.name}`, secret: true });
      return c.json(await state(tx), 201);
    });
  })
  .post(`${base}/confirm`, async (c) => {
    const user = member(c);
    const given = v.safeParse(codeInput, await body(c));
    if (!given.success) return invalid(c, errorsOf(given.issues));
    return asUser(user, async (tx) => {
      const [number] = await tx`update app_sms_numbers set attempts = attempts + 1 where owner_id = app_user_id() and confirmed_at is null and attempts < ${guesses} returning code_hash`;
      if (!number) return c.json({ error: 'Ask for a new code' }, 409);
      if (number.code_hash !== hashOf(user, given.output.code)) return invalid(c, { code: 'This is not the code' });
      await tx`update app_sms_numbers set confirmed_at = now() where owner_id = app_user_id()`;
      return c.json(await state(tx));
    });
  })
  .delete(base, async (c) => {
    await asUser(member(c), (tx) => tx`delete from app_sms_numbers where owner_id = app_user_id()`);
    return c.body(null, 204);
  });

/** Sends news to the number of the person, if there is one. */
async function heard(tx: Tx, { to, text }: News): Promise<void> {
  await tx`select set_config('app.sms', ${to}, true)`;
  const [number] = await tx<{ phone: string }[]>`select phone from app_sms_numbers where owner_id = ${to} and confirmed_at is not null`;
  if (number) await keep(tx, { owner_id: to, phone: number.phone, text: `${app.name}: ${text}`.slice(0, 320) });
  await tx`select set_config('app.sms', '', true)`;
}

/** News as text messages. */
export const feature: ServerFeature = { routes, heard, minutely: deliver };
