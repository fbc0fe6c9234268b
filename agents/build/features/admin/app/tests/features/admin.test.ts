import { describe, expect, it } from 'vitest';
import { defaultRole } from '../../shared/app';
import { entities } from '../../shared/model';
import { guest, person } from '../support/client';

describe('the area for administrators', () => {
  it('counts accounts and records', async () => {
    const admin = await person('admin');
    const found = await admin.json<{ roles: { role: string; count: number }[]; records: { entity: string }[] }>('GET', '/app/admin');
    expect(found.roles.find(({ role }) => role === 'admin')?.count).toBeGreaterThan(0);
    expect(found.records.map(({ entity }) => entity)).toEqual(entities.map(({ key }) => key));
  });

  it('is closed to everybody else', async () => {
    expect((await guest().call('GET', '/app/admin')).status).toBe(401);
    const member = await person(defaultRole);
    if (member.user?.role !== 'admin') expect((await member.call('GET', '/app/admin')).status).toBe(403);
  });
});
