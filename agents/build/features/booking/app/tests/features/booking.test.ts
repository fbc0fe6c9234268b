import { describe, expect, it } from 'vitest';
import { type Row, reach } from '../../shared/entity';
import { booking } from '../../shared/features/bookings';
import { entityOf } from '../../shared/model';
import { asUser } from '../../server/db';
import { type Client, person } from '../support/client';
import { author, inputFor } from '../support/records';

interface Slot {
  start: string;
  end: string;
  free: boolean;
}

const entity = entityOf(booking.entity);
const target = entityOf(booking.target);
const day = new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10);
const slots = async (client: Client, id: string) => (await client.json<{ slots: Slot[] }>('GET', `/${target.path}/${id}/slots?day=${day}&zone=Europe/Berlin`)).slots;

/** Somebody who may book, and a new resource. */
async function booker() {
  const client = await author(entity);
  if (!client || reach(target, 'read', client.user) === 'none') return null;
  const input = await inputFor(entity, client);
  const resource = String(input[booking.resource] ?? '');
  return resource ? { client, input, resource } : null;
}

const at = (slot: Slot | undefined) => ({ [booking.start]: slot?.start, [booking.end]: slot?.end });

describe('booking', () => {
  it('shows what is free to everybody, and of the rest only that it is taken', async (test) => {
    const found = await booker();
    if (!found) return test.skip('nobody may book');
    const { client, input, resource } = found;
    const free = await slots(client, resource);
    expect(free.length).toBeGreaterThan(0);
    expect(free.every((slot) => slot.free)).toBe(true);
    expect((await client.call('POST', `/${entity.path}`, { ...input, ...at(free[0]) })).status).toBe(201);
    const other = await person(client.user?.role ?? '', 'second');
    const visible = reach(target, 'read', other.user) === 'all' ? other : client;
    const left = await slots(visible, resource);
    expect(left.map((slot) => slot.free)).toEqual(free.map((_, index) => index > 0));
    for (const slot of left) expect(Object.keys(slot).toSorted()).toEqual(['end', 'free', 'start']);
  });

  it('gives a time to one of twenty who ask for it at once', async (test) => {
    const found = await booker();
    if (!found) return test.skip('nobody may book');
    const { client, input, resource } = found;
    const slot = (await slots(client, resource))[0];
    const answers = await Promise.all(Array.from({ length: 20 }, () => client.call('POST', `/${entity.path}`, { ...input, ...at(slot) })));
    expect(answers.map((answer) => answer.status).toSorted()).toEqual([201, ...Array.from({ length: 19 }, () => 422)]);
    expect((await slots(client, resource))[0]?.free).toBe(false);
  });

  it('frees the time of what is deleted', async (test) => {
    const found = await booker();
    if (!found || reach(entity, 'delete', found.client.user) === 'none' || reach(entity, 'read', found.client.user) === 'none') return test.skip('nobody may book and delete');
    const { client, input, resource } = found;
    const slot = (await slots(client, resource))[0];
    const made = await client.json<Row>('POST', `/${entity.path}`, { ...input, ...at(slot) });
    expect((await slots(client, resource))[0]?.free).toBe(false);
    expect((await client.call('DELETE', `/${entity.path}/${made.id}`)).status).toBe(204);
    expect((await slots(client, resource))[0]?.free).toBe(true);
  });

  it('takes no day that is none, and shows nothing before today as free', async (test) => {
    const found = await booker();
    if (!found) return test.skip('nobody may book');
    const path = `/${target.path}/${found.resource}/slots`;
    expect((await found.client.call('GET', `${path}?day=tomorrow`)).status).toBe(422);
    expect((await found.client.call('GET', `${path}?day=${day}&zone=Nowhere`)).status).toBe(422);
    const past = await found.client.json<{ slots: Slot[] }>('GET', `${path}?day=2020-01-31`);
    expect(past.slots.some((slot) => slot.free)).toBe(false);
  });

  it('is noted as taken by the database alone', async (test) => {
    const found = await booker();
    if (!found) return test.skip('nobody may book');
    const { client, resource, input } = found;
    const free = (await slots(client, resource))[0];
    await client.call('POST', `/${entity.path}`, { ...input, ...at(free) });
    await asUser(client.user, (tx) => tx`delete from app_booking_times`);
    expect((await slots(client, resource))[0]?.free).toBe(false);
    const forged = asUser(client.user && { ...client.user, role: 'admin' }, (tx) => tx`
      insert into app_booking_times select gen_random_uuid(), resource_id, starts_at, ends_at from app_booking_times`);
    await expect(forged).rejects.toMatchObject({ code: '42501' });
  });
});
