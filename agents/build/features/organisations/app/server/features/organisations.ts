import { Hono } from 'hono';
import * as v from 'valibot';
import { invitationInput, tokenInput } from '../../shared/accounts';
import { errorsOf, type User } from '../../shared/entity';
import { asUser, type Tx } from '../db';
import type { ServerFeature } from '../feature';
import { body, type Env, fail, invalid, Refused } from '../http';
import { newId } from '../ids';
import { invite, pending, useInvitation } from '../invitations';
import { limit } from '../limits';

const name = v.pipe(v.string('Organisation is required'), v.trim(), v.minLength(1, 'Organisation is required'), v.maxLength(100, 'Organisation is too long'));
const named = v.object({ organisation: name });

const signedIn = (user: User | null) => user ?? fail(401, 'Please log in');

/** A new organisation with its first person, who leads it; `tx` must run as that person. */
async function found(tx: Tx, user: Pick<User, 'id'>, title: string): Promise<void> {
  const id = newId();
  await tx`insert into app_organisations ${tx({ id, name: title, leader_id: user.id })}`;
  await join(tx, user, id);
}

/** Row-level security asks for an invitation, unless the person leads the organisation. */
async function join(tx: Tx, user: Pick<User, 'id'>, org: string): Promise<void> {
  await tx`insert into app_members ${tx({ user_id: user.id, org_id: org })}`;
  await tx`select set_config('app.org_id', ${org}, true)`;
}

async function own(tx: Tx, user: User) {
  const [row] = await tx`select id, name, coalesce(leader_id = ${user.id}, false) as leads from app_organisations where id = ${user.org ?? null}`;
  return row as { id: string; name: string; leads: boolean } | undefined;
}

/** The organisation that somebody leads; everybody else is refused. */
function asLeader<T>(user: User, work: (tx: Tx, org: { id: string; name: string }) => Promise<T>): Promise<T> {
  return asUser(user, async (tx) => {
    const org = await own(tx, user);
    if (!org?.leads) fail(403, 'Only the leader of the organisation may do this');
    return work(tx, org);
  });
}

const alone = (error: unknown) => ((error as { code?: string; constraint_name?: string }).constraint_name === 'app_members_pkey' ? fail(409, 'You are in an organisation already: leave it first') : error);

const path = '/app/organisation';

const routes = new Hono<Env>()
  .get(path, async (c) => {
    const user = signedIn(c.get('user'));
    return asUser(user, async (tx) => {
      const org = await own(tx, user);
      if (!org) return c.json(null);
      const people = await tx`select p.id, p.name, m.joined_at, coalesce(p.id = o.leader_id, false) as leads
        from app_members m join app_organisations o on o.id = m.org_id join app_people p on p.id = m.user_id
        where m.org_id = ${org.id} order by m.joined_at, p.id limit 500`;
      return c.json({ ...org, people: [...people] });
    });
  })
  .post(path, async (c) => {
    const user = signedIn(c.get('user'));
    const input = v.safeParse(named, await body(c));
    if (!input.success) return invalid(c, errorsOf(input.issues));
    await asUser(user, (tx) => found(tx, user, input.output.organisation)).catch((error: unknown) => { throw alone(error); });
    return c.body(null, 204);
  })
  .patch(path, async (c) => {
    const user = signedIn(c.get('user'));
    const input = v.safeParse(named, await body(c));
    if (!input.success) return invalid(c, errorsOf(input.issues));
    await asLeader(user, (tx, org) => tx`update app_organisations set name = ${input.output.organisation} where id = ${org.id}`);
    return c.body(null, 204);
  })
  .post(`${path}/join`, async (c) => {
    const user = signedIn(c.get('user'));
    const input = v.safeParse(tokenInput, await body(c));
    if (!input.success) return invalid(c, errorsOf(input.issues));
    await limit(c, 'token', user.id);
    const joining = asUser(user, async (tx) => {
      const invitation = await useInvitation(tx, input.output.token);
      if (!invitation.org || invitation.email !== user.email) throw new Refused({ token: 'The invitation is for another address' });
      await join(tx, user, invitation.org);
      await invitation.end();
    });
    try {
      await joining;
    } catch (error) {
      if (error instanceof Refused) return invalid(c, error.errors);
      throw alone(error);
    }
    return c.body(null, 204);
  })
  .delete(`${path}/people/:id`, async (c) => {
    const user = signedIn(c.get('user'));
    // Row-level security lets leaders remove others, and everybody else leave.
    const gone = await asUser(user, (tx) => tx`delete from app_members where user_id::text = ${c.req.param('id')} and org_id = ${user.org ?? null} returning user_id`);
    return gone.length > 0 ? c.body(null, 204) : fail(403, 'Only the leader may remove people, and the leader stays');
  })
  .get(`${path}/invitations`, async (c) => {
    const user = signedIn(c.get('user'));
    return c.json(await asLeader(user, (tx) => pending(tx, user)));
  })
  .post(`${path}/invitations`, async (c) => {
    const user = signedIn(c.get('user'));
    const input = v.safeParse(invitationInput, await body(c));
    if (!input.success) return invalid(c, errorsOf(input.issues));
    const org = await asLeader(user, async (_, led) => led);
    return c.json(await invite(c, user, input.output, org), 201);
  });

/** People work in organisations, which they found, join, lead and leave. */
export const feature: ServerFeature = {
  routes,
  async joined(tx, user, sent, invitation) {
    if (invitation?.org) return join(tx, user, invitation.org);
    const input = v.safeParse(named, sent);
    if (!input.success) throw new Refused(errorsOf(input.issues));
    return found(tx, user, input.output.organisation);
  },
};
