import { randomBytes } from 'node:crypto';
import { type Context, Hono } from 'hono';
import * as v from 'valibot';
import { app } from '../../shared/app';
import { errorsOf } from '../../shared/entity';
import { letterInput, newsletterPath, type Subscriber, subscribeInput, tokenInput } from '../../shared/newsletter';
import { asUser, type Tx, withSettings } from '../db';
import type { ServerFeature } from '../feature';
import { body, type Env, fail, invalid } from '../http';
import { limit } from '../limits';
import { linkTo, mailIsSent, sendMail } from '../mail';
import { uuid } from '../records';
import { administrator } from '../users';

const base = '/app/newsletter';

/** Keeps the address and sends it a link; not again within ten minutes, and never to one that is confirmed. */
async function ask(c: Context, tx: Tx, email: string): Promise<void> {
  const token = randomBytes(24).toString('base64url');
  const asked = await tx`insert into app_subscribers as s (email, token) values (${email}, ${token})
    on conflict (email) do update set token = excluded.token, asked_at = now()
      where s.confirmed_at is null and s.asked_at < now() - interval '10 minutes' returning s.id`;
  if (asked.length === 0) return;
  const link = linkTo(c, `${newsletterPath}?confirm=${token}`);
  await sendMail(tx, { to: email, subject: `Confirm the newsletter of ${app.name}`, text: `Somebody asked for the newsletter of ${app.name} with this address.\n\nTo get it, open ${link}\n\nIf it was not you, do nothing.` });
}

async function send(c: Context, tx: Tx, letter: v.InferOutput<typeof letterInput>): Promise<number> {
  const readers = await tx<{ email: string; token: string }[]>`select email, token from app_subscribers where confirmed_at is not null order by id`;
  for (const { email, token } of readers) {
    const leave = linkTo(c, `${newsletterPath}?leave=${token}`);
    await sendMail(tx, { to: email, subject: letter.subject, text: `${letter.body}\n\n--\nYou get this as you subscribed to ${app.name}. To leave, open ${leave}` });
  }
  await tx`insert into app_letters ${tx({ ...letter, recipients: readers.length })}`;
  return readers.length;
}

/** A cell of a CSV file; nothing in it is a formula for a spreadsheet. */
const cell = (text: string) => `"${(/^[=+\-@\t\r]/.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`;

const routes = new Hono<Env>()
  .post(base, async (c) => {
    const given = v.safeParse(subscribeInput, await body(c));
    if (!given.success) return invalid(c, errorsOf(given.issues));
    await limit(c, 'newsletter', given.output.email);
    await withSettings({ newsletter: given.output.email }, (tx) => ask(c, tx, given.output.email));
    return c.json({ simulated: !mailIsSent() }, 202);
  })
  .post(`${base}/confirm`, async (c) => {
    const given = v.safeParse(tokenInput, await body(c));
    if (!given.success) return invalid(c, errorsOf(given.issues));
    const found = await withSettings({ newsletter: given.output.token }, (tx) => tx`update app_subscribers set confirmed_at = coalesce(confirmed_at, now()) where token = ${given.output.token} returning id`);
    return found.length > 0 ? c.body(null, 204) : fail(404, 'This link is not valid any more: subscribe again');
  })
  .post(`${base}/leave`, async (c) => {
    const given = v.safeParse(tokenInput, await body(c));
    if (!given.success) return invalid(c, errorsOf(given.issues));
    const gone = await withSettings({ newsletter: given.output.token }, (tx) => tx`delete from app_subscribers where token = ${given.output.token} returning id`);
    return gone.length > 0 ? c.body(null, 204) : fail(404, 'This address is not subscribed any more');
  })
  .get(`${base}/subscribers`, async (c) => asUser(administrator(c.get('user')), async (tx) => {
    const items = await tx<Subscriber[]>`select id, email, confirmed_at, created_at from app_subscribers order by created_at desc, id limit 500`;
    const [count] = await tx`select count(*)::int as total, count(confirmed_at)::int as confirmed from app_subscribers`;
    return c.json({ items: [...items], total: Number(count?.total), confirmed: Number(count?.confirmed), simulated: !mailIsSent() });
  }))
  .get(`${base}/subscribers.csv`, async (c) => {
    const rows = await asUser(administrator(c.get('user')), (tx) => tx<{ email: string; token: string; confirmed_at: Date }[]>`
      select email, token, confirmed_at from app_subscribers where confirmed_at is not null order by confirmed_at, id`);
    const lines = rows.map(({ email, token, confirmed_at: at }) => [email, at.toISOString(), linkTo(c, `${newsletterPath}?leave=${token}`)].map(cell).join(','));
    c.header('content-type', 'text/csv; charset=utf-8');
    c.header('content-disposition', 'attachment; filename="subscribers.csv"');
    return c.body(['email,confirmed,leave', ...lines, ''].join('\r\n'));
  })
  .delete(`${base}/subscribers/${uuid}`, async (c) => {
    const gone = await asUser(administrator(c.get('user')), (tx) => tx`delete from app_subscribers where id = ${c.req.param('id')} returning id`);
    return gone.length > 0 ? c.body(null, 204) : fail(404, 'There is no such subscriber');
  })
  .post(`${base}/letters`, async (c) => {
    const user = administrator(c.get('user'));
    const given = v.safeParse(letterInput, await body(c));
    if (!given.success) return invalid(c, errorsOf(given.issues));
    const recipients = await asUser(user, (tx) => send(c, tx, given.output));
    return c.json({ recipients, simulated: !mailIsSent() }, 201);
  });

/** The newsletter. */
export const feature: ServerFeature = { routes };
