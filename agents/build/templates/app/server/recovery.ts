import process from 'node:process';
import { type Context, Hono } from 'hono';
import * as v from 'valibot';
import { forgotInput, resetInput } from '../shared/accounts';
import { app } from '../shared/app';
import { errorsOf } from '../shared/entity';
import { withSettings } from './db';
import { body, type Env, fail, invalid } from './http';
import { forgive, limit } from './limits';
import { linkTo, mailIsSent, sendMail } from './mail';
import { hashPassword } from './passwords';
import { openSession, userById } from './sessions';
import { digest, newToken } from './tokens';

/** Longer than the work for an account that exists, so that the time does not tell which do. */
const answerAfter = process.env.NODE_ENV === 'test' ? 25 : 400;

async function sendLink(c: Context, email: string): Promise<void> {
  const [user] = await withSettings({ email }, (tx) => tx`select id, name from app_users where email = ${email} and blocked_at is null`);
  if (!user) return;
  const token = newToken();
  await withSettings({ user_id: String(user.id) }, async (tx) => {
    await tx`delete from app_resets where user_id = ${user.id}`;
    await tx`insert into app_resets (token_hash, user_id, expires_at) values (${digest(token)}, ${user.id}, now() + interval '1 hour')`;
    await sendMail(tx, {
      to: email,
      subject: `A new password for ${app.name}`,
      text: `Hello ${user.name},\n\nchoose a new password here within one hour, the link works once:\n${linkTo(c, `/reset?token=${token}`)}\n\nIf you did not ask for it, leave it: your password stays as it is.`,
      secret: true,
    });
  });
}

/** Uses the token up, sets the password, ends every session and opens a new one. */
async function reset(c: Context, token: string, password: string) {
  const password_hash = await hashPassword(password);
  return withSettings({ token: digest(token) }, async (tx) => {
    const [found] = await tx`delete from app_resets where token_hash = app_setting('token') and expires_at > now() returning user_id`;
    if (!found) return null;
    const id = String(found.user_id);
    await tx`select set_config('app.user_id', ${id}, true)`;
    await tx`update app_users set password_hash = ${password_hash} where id = ${id}`;
    const user = await userById(tx, id);
    if (user) await openSession(c, tx, id);
    return user;
  });
}

/** A new password for somebody who has forgotten theirs. */
export const recovery = new Hono<Env>()
  .post('/forgot', async (c) => {
    const input = v.safeParse(forgotInput, await body(c));
    if (!input.success) return invalid(c, errorsOf(input.issues));
    const { email } = input.output;
    await limit(c, 'forgot', email);
    const late = new Promise((resolve) => setTimeout(resolve, answerAfter));
    await Promise.all([sendLink(c, email), late]);
    return c.json({ sent: mailIsSent() });
  })
  .post('/reset', async (c) => {
    const input = v.safeParse(resetInput, await body(c));
    if (!input.success) return invalid(c, errorsOf(input.issues));
    await limit(c, 'token', null);
    const user = (await reset(c, input.output.token, input.output.password)) ?? fail(404, 'This link has been used or is older than an hour: ask for another');
    await forgive('login', user.email);
    return c.json(user);
  });
