import { describe, expect, it } from 'vitest';
import { reach, type Row } from '../../shared/entity';
import type { Replies, Topic } from '../../shared/features/thread';
import { threads } from '../../shared/features/threads';
import { entityOf } from '../../shared/model';
import { guest, person } from '../support/client';
import { author, inputFor } from '../support/records';

describe.each(Object.values(threads))('a thread of $entity', ({ entity: key, reply: replyKey, field, text }) => {
  const [entity, reply] = [entityOf(key), entityOf(replyKey)];

  /** Somebody who may reply, and the record replied to, which may be another's. */
  async function writer() {
    const client = await author(reply);
    const able = client && [reach(entity, 'read', client.user), reach(reply, 'list', client.user)].every((far) => far !== 'none');
    if (!able) return null;
    const input = { ...(await inputFor(reply, client)), [text]: `First ${Date.now()}` };
    return input[field as keyof typeof input] ? { client, input, id: String(input[field as keyof typeof input]) } : null;
  }

  it('shows replies in their order, to whoever sees both', async (test) => {
    const found = await writer();
    if (!found) return test.skip('nobody may reply to what they see');
    const { client, input, id } = found;
    const path = `/${entity.path}/${id}/thread`;
    const first = await client.json<Row>('POST', `/${reply.path}`, input);
    const second = await client.json<Row>('POST', `/${reply.path}`, { ...(await inputFor(reply, client)), [field]: id });
    const replies = await client.json<Replies>('GET', path);
    expect(replies.items.map((item) => item.id)).toEqual([first.id, second.id]);
    expect(replies).toMatchObject({ total: 2, items: [{ text: input[text as keyof typeof input], author: client.user?.name ?? '' }, {}] });
    expect((await client.json<Replies>('GET', `${path}?page=2`)).items).toEqual([]);
    const other = await person(client.user?.role ?? '', 'second');
    const status = (await other.call('GET', path)).status;
    if (reach(entity, 'read', other.user) === 'own') expect(status).toBe(404);
    else if (reach(reply, 'list', other.user) === 'own') expect((await other.json<Replies>('GET', path)).items.filter((item) => !item.mine)).toEqual([]);
    if (reach(entity, 'read', null) === 'none') expect((await guest().call('GET', path)).status).toBe(401);
  });

  it('comes first in the list when somebody has replied', async (test) => {
    const found = await writer();
    if (!found || reach(entity, 'list', found.client.user) === 'none') return test.skip('nobody may reply and list');
    const { client, input, id } = found;
    await client.call('POST', `/${reply.path}`, input);
    const { items } = await client.json<{ items: Topic[] }>('GET', `/app/thread/${key}`);
    const topic = items.find((each) => each.id === id);
    if (!topic) return test.skip('it is in the list of others alone');
    expect(items[0]).toMatchObject({ id, replies: 1 });
  });
});
