import { describe, expect, it } from 'vitest';
import { reach } from '../../shared/entity';
import { fit, grid, latitudeAt, type Place, project, scaleOf } from '../../shared/features/map';
import { maps } from '../../shared/features/maps';
import { entityOf } from '../../shared/model';
import { guest, person } from '../support/client';
import { author, inputFor } from '../support/records';

describe.each(Object.entries(maps))('the map at %s', (_, { entity: key, field }) => {
  const entity = entityOf(key);

  it('shows places to those who see them in the list', async (test) => {
    const client = await author(entity);
    if (!client || reach(entity, 'list', client.user) === 'none') return test.skip('nobody may create and list the records');
    const input = { ...(await inputFor(entity, client)), [field]: '-33.8568, 151.2153' };
    const { id } = await client.json<{ id: string }>('POST', `/${entity.path}`, input);
    const places = await client.json<Place[]>('GET', `/app/map/${key}`);
    expect(places.find((place) => place.id === id)).toMatchObject({ latitude: -33.8568, longitude: 151.2153 });
    if (reach(entity, 'list', client.user) === 'own') {
      const other = await person(client.user?.role ?? '', 'second');
      expect((await other.json<Place[]>('GET', `/app/map/${key}`)).map((place) => place.id)).not.toContain(id);
    }
    if (reach(entity, 'list', null) === 'none') expect((await guest().call('GET', `/app/map/${key}`)).status).toBe(401);
  });
});

describe('a map', () => {
  const place = (latitude: number, longitude: number): Place => ({ id: '', label: '', latitude, longitude });

  it('is in Web Mercator', () => {
    expect(project(place(0, 0))).toEqual({ x: 0.5, y: 0.5 });
    const berlin = project(place(52.52, 13.405));
    expect([berlin.x, berlin.y].map((value) => value.toFixed(4))).toEqual(['0.5372', '0.3280']);
    expect(latitudeAt(berlin.y)).toBeCloseTo(52.52, 6);
    expect(project(place(90, 0)).y).toBeCloseTo(0, 4);
  });

  it.each([[[place(52.5, 13.4)]], [[place(52.5, 13.4), place(48.1, 11.6)]], [[place(-60, -170), place(70, 170)]]])('holds all places, with some lines (%#)', (places) => {
    const view = fit(places, 4 / 3);
    expect(view.width / view.height).toBeCloseTo(4 / 3, 6);
    for (const { x, y } of places.map(project)) expect([x > view.x, x < view.x + view.width, y > view.y, y < view.y + view.height]).toEqual([true, true, true, true]);
    const { longitudes, latitudes } = grid(view);
    expect(longitudes.length).toBeGreaterThan(1);
    expect(latitudes.length).toBeGreaterThan(1);
    expect(scaleOf(view).share).toBeGreaterThan(0.05);
    expect(scaleOf(view).share).toBeLessThanOrEqual(0.25);
  });
});
