import { describe, expect, it } from 'vitest';
import { defaultRole, invitableRoles } from '../../shared/app';
import { entities } from '../../shared/model';
import { asUser, withSettings } from '../../server/db';
import { Client, guest, newEmail, password, person, signedUp } from '../support/client';
import { mailTo, tokenFor } from '../support/mail';
import { anyRecord } from '../support/records';

const base = '/app/organisation';
const role = invitableRoles.at(-1)?.key ?? defaultRole;

interface Organisation {
  id: string;
  name: string;
  leads: boolean;
  people: { id: string; name: string; leads: boolean }[];
}

async function invitedBy(leader: Client, email = newEmail()): Promise<{ email: string; token: string }> {
  const answer = await leader.call('POST', `${base}/invitations`, { email, role });
  expect(answer.status, await answer.clone().text()).toBe(201);
  return { email, token: await tokenFor(email) };
}

async function joined(leader: Client): Promise<Client> {
  const { email, token } = await invitedBy(leader);
  const client = new Client();
  const answer = await client.call('POST', '/auth/signup', { name: 'Joiner', email, password, invitation: token });
  expect(answer.status, await answer.clone().text()).toBe(201);
  client.user = await client.json('GET', '/auth/me');
  return client;
}

const orgOf = async (client: Client) => (await client.json<{ org: string | null }>('GET', '/auth/me')).org;

describe('organisations', () => {
  it('are founded at sign-up, which asks for the name', async () => {
    const { email, token } = await (async () => {
      const email = newEmail();
      expect((await (await person('admin')).call('POST', '/auth/invitations', { email, role })).status).toBe(201);
      return { email, token: await tokenFor(email) };
    })();
    const client = new Client();
    const input = { name: 'Ada', email, password, invitation: token };
    const nameless = await client.call('POST', '/auth/signup', input);
    expect([nameless.status, Object.keys(((await nameless.json()) as { errors: object }).errors)]).toEqual([422, ['organisation']]);
    expect((await client.call('POST', '/auth/signup', { ...input, organisation: 'Acme & <b>Söhne</b> 🦊' })).status).toBe(201);
    expect(await client.json<Organisation>('GET', base)).toMatchObject({ name: 'Acme & <b>Söhne</b> 🦊', leads: true, people: [{ name: 'Ada', leads: true }] });
    expect((await client.call('PATCH', base, { organisation: 'Acme' })).status).toBe(204);
    expect(await client.json<Organisation>('GET', base)).toMatchObject({ name: 'Acme' });
  });

  it('are joined by invitation, and led by who founded them', async () => {
    const leader = await signedUp(defaultRole);
    const member = await joined(leader);
    expect(member.user).toMatchObject({ role, org: leader.user?.org });
    expect((await leader.json<Organisation>('GET', base)).people).toHaveLength(2);
    expect(await member.json('GET', base)).toMatchObject({ leads: false });
    expect((await member.call('POST', `${base}/invitations`, { email: newEmail(), role })).status).toBe(403);
    expect((await member.call('GET', `${base}/invitations`)).status).toBe(403);
    expect((await member.call('PATCH', base, { organisation: 'Mine' })).status).toBe(403);
    expect((await member.call('DELETE', `${base}/people/${leader.user?.id}`)).status).toBe(403);
    expect((await leader.call('DELETE', `${base}/people/${leader.user?.id}`)).status).toBe(403);
    expect((await guest().call('GET', base)).status).toBe(401);
    const forged = { token_hash: newEmail(), email: newEmail(), role, invited_by: member.user?.id ?? '', org_id: leader.user?.org ?? '', expires_at: new Date(Date.now() + 1_000) };
    await expect(asUser(member.user, (tx) => tx`insert into app_invitations ${tx(forged)}`)).rejects.toMatchObject({ code: '42501' });
  });

  it('are left by whom the leader removes, and by who wants to', async () => {
    const leader = await signedUp(defaultRole);
    const [removed, left] = [await joined(leader), await joined(leader)];
    const stranger = await signedUp('admin');
    expect((await stranger.call('DELETE', `${base}/people/${removed.user?.id}`)).status).toBe(403);
    expect((await leader.call('DELETE', `${base}/people/${removed.user?.id}`)).status).toBe(204);
    expect((await left.call('DELETE', `${base}/people/${left.user?.id}`)).status).toBe(204);
    expect([await orgOf(removed), await orgOf(left), await removed.json('GET', base)]).toEqual([null, null, null]);
    expect((await leader.json<Organisation>('GET', base)).people).toHaveLength(1);
    for (const entity of entities.filter((each) => each.org)) expect((await removed.call('GET', `/${entity.path}`)).status).toBe(403);
  });

  it('take in somebody who has an account and is in none, once', async () => {
    const [first, second] = [await signedUp(defaultRole), await signedUp(defaultRole)];
    const member = await joined(first);
    const { token } = await invitedBy(second, member.user?.email);
    expect((await member.call('POST', `${base}/join`, { token })).status).toBe(409);
    await first.call('DELETE', `${base}/people/${member.user?.id}`);
    expect((await first.call('POST', `${base}/join`, { token })).status).toBe(422);
    expect((await member.call('POST', `${base}/join`, { token })).status).toBe(204);
    expect(await orgOf(member)).toBe(second.user?.org);
    expect((await member.call('POST', `${base}/join`, { token })).status).toBe(422);
    await second.call('DELETE', `${base}/people/${member.user?.id}`);
    expect((await member.call('POST', base, { organisation: 'My own' })).status).toBe(204);
    expect(await member.json('GET', base)).toMatchObject({ name: 'My own', leads: true });
    expect((await mailTo(member.user?.email ?? '')).length).toBeGreaterThan(1);
  });

  it('know nothing of each other, whatever the role', async () => {
    const other = await person('admin', 'second');
    const { org } = (await person(defaultRole)).user ?? {};
    expect(await asUser(other.user, (tx) => tx`select id from app_organisations where id = ${org ?? ''}`)).toHaveLength(0);
    expect(await asUser(other.user, (tx) => tx`select user_id from app_members where org_id = ${org ?? ''}`)).toHaveLength(0);
    const leader = await signedUp(defaultRole);
    const { user } = await joined(leader);
    await leader.call('DELETE', `${base}/people/${user?.id}`);
    const intruding = asUser({ id: user?.id ?? '', role: 'admin' }, (tx) => tx`insert into app_members ${tx({ user_id: user?.id ?? '', org_id: org ?? '' })}`);
    await expect(intruding).rejects.toMatchObject({ code: '42501' });
  });

  it.each(entities.filter((each) => each.org).map((entity) => ({ name: entity.titlePlural, entity })))('$name stay in theirs, and refer to nothing outside', async ({ entity }) => {
    const id = await anyRecord(entity);
    const outside = await person('admin', 'second');
    for (const role of ['admin', 'system']) {
      const settings = { user_id: outside.user?.id ?? '', org_id: outside.user?.org ?? '', role };
      expect(await withSettings(settings, (tx) => tx`select id from ${tx(entity.table)} where id = ${id}`), role).toHaveLength(0);
      expect(await withSettings(settings, (tx) => tx`update ${tx(entity.table)} set updated_at = now() where id = ${id} returning id`), role).toHaveLength(0);
      expect(await withSettings(settings, (tx) => tx`delete from ${tx(entity.table)} where id = ${id} returning id`), role).toHaveLength(0);
    }
    for (const [key, field] of Object.entries(entity.fields)) {
      const target = entities.find((each) => each.key === field.target);
      if (!target?.org) continue;
      const [table, column] = field.join ? [field.join.table, field.join.to] : [entity.table, key];
      const found = await withSettings({}, (tx) => tx`select 1 from pg_constraint c
        where c.contype = 'f' and c.conrelid = ${table}::regclass and c.confrelid = ${target.table}::regclass and cardinality(c.conkey) = 2
          and (select attname from pg_attribute where attrelid = c.conrelid and attnum = c.conkey[1]) = ${column}`);
      expect(found, `${key} is bound to the organisation`).toHaveLength(1);
    }
  });
});
