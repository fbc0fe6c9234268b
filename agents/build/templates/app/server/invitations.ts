import { type Context, Hono } from 'hono';
import * as v from 'valibot';
import { invitationInput, tokenInput } from '../shared/accounts';
import { app, roles } from '../shared/app';
import { errorsOf, type User } from '../shared/entity';
import { pages } from '../shared/pages';
import { asUser, type Tx, withSettings } from './db';
import { body, type Env, fail, invalid, Refused } from './http';
import { newId } from './ids';
import { limit } from './limits';
import { linkTo, mailIsSent, sendMail } from './mail';
import { administrator } from './users';
import { digest, newToken } from './tokens';

const days = 7;

/** An invitation that is being taken up: `end` makes that the only time. */
export interface Invitation {
  email: string;
  role: string;
  org: string | null;
  end: () => Promise<void>;
}

const refused = () => new Refused({ invitation: 'This invitation has been used, was taken back, or is older than a week: ask for another' });

/** The invitation of a token; row-level security sees it until the transaction ends. Throws Refused. */
export async function useInvitation(tx: Tx, token: string): Promise<Invitation> {
  const hash = digest(token);
  await tx`select set_config('app.token', ${hash}, true)`;
  // Who takes it up at the same time waits, and then does not find it any more.
  await tx`select pg_advisory_xact_lock(hashtextextended(${hash}, 0))`;
  const [found] = await tx`select * from app_invitations where token_hash = ${hash} and expires_at > now()`;
  if (!found) throw refused();
  const end = async () => {
    const ended = await tx`delete from app_invitations where token_hash = ${hash} returning id`;
    // Somebody else was quicker with the same link.
    if (ended.length === 0) throw refused();
  };
  return { email: String(found.email), role: String(found.role), org: found.org_id ? String(found.org_id) : null, end };
}

/** The page that an invitation leads to. */
const entrance = (org: boolean) => pages.find(({ kind }) => (kind as string) === (org ? 'join' : 'signup'))?.path ?? '/signup';

const titleOf = (role: string) => roles.find(({ key }) => key === role)?.title ?? role;

/** Sends an invitation by e-mail, to an organisation with `org`; `sent` is false where e-mail is simulated. Row-level security says who may. */
export async function invite(c: Context, user: User, { email, role }: v.InferOutput<typeof invitationInput>, org: { id: string; name: string } | null): Promise<{ sent: boolean }> {
  await limit(c, 'invite', user.id);
  const token = newToken();
  await asUser(user, async (tx) => {
    const expires_at = new Date(Date.now() + days * 86_400_000);
    const row = { id: newId(), token_hash: digest(token), email, role, invited_by: user.id, expires_at, ...(org ? { org_id: org.id } : {}) };
    await tx`delete from app_invitations where invited_by = ${user.id} and (email = ${email} or expires_at < now())`;
    await tx`insert into app_invitations ${tx(row)}`;
    const place = org ? `${org.name} in ${app.name}` : app.name;
    await sendMail(tx, {
      to: email,
      subject: `${user.name} invites you to ${place}`,
      text: `${user.name} invites you to ${place} as ${titleOf(role)}.\n\nUse this link within ${days} days, it works once:\n${linkTo(c, `${entrance(org !== null)}?invitation=${token}`)}\n\nIf you did not expect this, leave it.`,
      secret: true,
    });
  });
  return { sent: mailIsSent() };
}

export const pending = (tx: Tx, user: User) =>
  tx`select id, email, role, created_at, expires_at from app_invitations where invited_by = ${user.id} and expires_at > now() order by created_at desc limit 200`;

export const invitations = new Hono<Env>()
  .post('/look', async (c) => {
    const input = v.safeParse(tokenInput, await body(c));
    if (!input.success) return invalid(c, errorsOf(input.issues));
    await limit(c, 'token', null);
    const hash = digest(input.output.token);
    const [found] = await withSettings({ token: hash }, (tx) => tx`select email, role from app_invitations where token_hash = ${hash} and expires_at > now()`);
    return found ? c.json({ email: found.email, role: titleOf(String(found.role)) }) : fail(404, Object.values(refused().errors).join());
  })
  .get('/', async (c) => {
    const user = administrator(c.get('user'));
    return c.json(await asUser(user, (tx) => pending(tx, user)));
  })
  .post('/', async (c) => {
    const user = administrator(c.get('user'));
    const input = v.safeParse(invitationInput, await body(c));
    if (!input.success) return invalid(c, errorsOf(input.issues));
    const known = await asUser(user, (tx) => tx`select id from app_users where email = ${input.output.email}`);
    if (known.length > 0) return invalid(c, { email: 'Email is already registered' });
    return c.json(await invite(c, user, input.output, null), 201);
  })
  .delete('/:id', async (c) => {
    const user = c.get('user') ?? fail(401, 'Please log in');
    const gone = await asUser(user, (tx) => tx`delete from app_invitations where id::text = ${c.req.param('id')} and invited_by = ${user.id} returning id`);
    return gone.length > 0 ? c.body(null, 204) : fail(404, 'There is no such invitation of yours');
  });
