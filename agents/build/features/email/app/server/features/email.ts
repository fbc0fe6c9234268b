import process from 'node:process';
import { type Context, Hono } from 'hono';
import * as v from 'valibot';
import { app } from '../../shared/app';
import { errorsOf, type User } from '../../shared/entity';
import { asUser, type Tx } from '../db';
import type { News, ServerFeature } from '../feature';
import { body, type Env, fail, invalid } from '../http';
import { sendMail } from '../mail';

const base = '/app/email';
/** E-mails to one person in an hour: what is more stays in the app alone, so that nobody floods somebody else. */
const most = 30;
const member = (c: Context<Env>): User => c.get('user') ?? fail(401, 'Please log in');
const input = v.object({ wanted: v.boolean('Choose yes or no') });

async function wanted(tx: Tx): Promise<{ wanted: boolean }> {
  const [row] = await tx<{ wanted: boolean }[]>`select wanted from app_email_people where person_id = app_user_id()`;
  return { wanted: row?.wanted ?? true };
}

const routes = new Hono<Env>()
  .get(base, async (c) => c.json(await asUser(member(c), wanted)))
  .patch(base, async (c) => {
    const user = member(c);
    const given = v.safeParse(input, await body(c));
    if (!given.success) return invalid(c, errorsOf(given.issues));
    const row = { person_id: user.id, wanted: given.output.wanted };
    await asUser(user, (tx) => tx`insert into app_email_people ${tx(row)} on conflict (person_id) do update set wanted = excluded.wanted`);
    return c.json(given.output);
  });

/** The address of a page; without APP_URL, which real mail needs anyway, its path. */
const link = (path: string) => (process.env.APP_URL ? new URL(path, process.env.APP_URL).href : path);

/** Writes the news to its person, unless that is who made it or who declined. */
async function heard(tx: Tx, { to, text, path }: News): Promise<void> {
  const [self] = await tx<{ self: boolean }[]>`select ${to}::uuid is not distinct from app_user_id() as self, set_config('app.news', ${to}, true)`;
  const [person] = self?.self ? [] : await tx<{ email: string }[]>`select email from app_users where id = ${to} and blocked_at is null`;
  const [state] = person ? await tx<{ wanted: boolean; count: number }[]>`
    insert into app_email_people as p (person_id, count) values (${to}, 1) on conflict (person_id) do update set
      count = case when p.since < now() - interval '1 hour' then 1 else p.count + 1 end,
      since = case when p.since < now() - interval '1 hour' then now() else p.since end
    returning wanted, count` : [];
  await tx`select set_config('app.news', '', true)`;
  if (!person || !state?.wanted || state.count > most) return;
  const short = [...text].slice(0, 200).join('');
  await sendMail(tx, { to: person.email, subject: `${app.name}: ${short}`, text: `${short}\n\n${link(path)}\n\nNo more news by e-mail: ${link('/email-news')}\n` });
}

/** News by e-mail. */
export const feature: ServerFeature = { routes, heard };
