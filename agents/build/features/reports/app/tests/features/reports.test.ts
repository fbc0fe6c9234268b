import { describe, expect, it } from 'vitest';
import { type Entity, reach } from '../../shared/entity';
import { reports } from '../../shared/features/reports';
import { countable, type Figures, measures } from '../../shared/figures';
import { entityOf } from '../../shared/model';
import { guest, signedUp } from '../support/client';
import { author, create } from '../support/records';

const dayFrom = (offset: number) => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);

async function counter(entity: Entity) {
  const maker = await author(entity);
  return maker?.user && reach(entity, 'list', maker.user) !== 'none' && reach(entity, 'read', maker.user) !== 'none' ? maker : null;
}

describe.each([...new Set(Object.values(reports).flat())])('the report on %s', (key) => {
  const entity = entityOf(key);
  const path = (query: Record<string, string>) => `/app/reports/${key}?${new URLSearchParams({ from: dayFrom(-2), to: dayFrom(1), ...query })}`;

  it('counts and sums what the reader may list, also by group', async (test) => {
    const maker = await counter(entity);
    if (!maker) return test.skip('nobody may create and list the records');
    const ask = (query: Record<string, string>) => maker.json<Figures>('GET', path(query));
    const { groups } = countable(entity, maker.user);
    const amount = measures(entity, maker.user).find((measure) => measure.startsWith('sum:'))?.slice(4);
    const before = await ask({});
    const sumBefore = amount ? await ask({ measure: `sum:${amount}` }) : null;
    const rows = [await create(entity, maker), await create(entity, maker)];
    const after = await ask({});
    expect(after.total - before.total).toBe(2);
    expect(after.rows).toHaveLength(4);
    expect(after.rows.reduce((sum, row) => sum + row.value, 0)).toBe(after.total);
    if (amount && sumBefore) {
      const grown = (await ask({ measure: `sum:${amount}` })).total - sumBefore.total;
      expect(grown).toBeCloseTo(rows.reduce((sum, row) => sum + Number(row[amount] ?? 0), 0), 2);
    }
    for (const by of groups) expect((await ask({ by })).rows.reduce((sum, row) => sum + row.value, 0)).toBeLessThanOrEqual(after.total);
    expect((await ask({ from: '2001-01-01', to: '2001-03-01', by: 'month' })).rows).toEqual(['01', '02', '03'].map((month) => ({ key: `2001-${month}-01`, label: null, value: 0 })));
  });

  it('tells nobody of records that they do not see', async (test) => {
    const maker = await counter(entity);
    if (!maker || reach(entity, 'list', maker.user) !== 'own') return test.skip('all see all of them');
    await create(entity, maker);
    const other = await signedUp(maker.user?.role ?? '');
    expect((await other.json<Figures>('GET', path({}))).total).toBe(0);
    if (reach(entity, 'list', null) === 'none') expect((await guest().call('GET', path({}))).status).toBe(401);
  });

  it('refuses what cannot be counted', async (test) => {
    const maker = await counter(entity);
    if (!maker) return test.skip('nobody may create and list the records');
    const wrongs: Record<string, string>[] = [{ by: 'owner_id' }, { measure: 'sum:id' }, { time: 'nothing' }, { from: dayFrom(2) }, { from: '1900-01-01' }, { zone: "x'; select 1" }];
    for (const wrong of wrongs) {
      expect((await maker.call('GET', path(wrong))).status, JSON.stringify(wrong)).toBe(422);
    }
  });

  it('is saved as CSV', async (test) => {
    const maker = await counter(entity);
    if (!maker) return test.skip('nobody may create and list the records');
    const answer = await maker.call('GET', path({ format: 'csv' }));
    expect(answer.headers.get('content-type')).toContain('text/csv');
    expect((await answer.text()).replace('\uFEFF', '').split('\r\n').slice(0, 2)).toEqual(['day,count', expect.stringMatching(/^\d{4}-\d\d-\d\d,\d+$/)]);
  });
});
