import './map.css';
import { useState } from 'react';
import { type Entity, reach } from '../../shared/entity';
import { fit, grid, most, type Place, project, scaleOf, type View, zoomed } from '../../shared/features/map';
import { maps } from '../../shared/features/maps';
import { entityOf } from '../../shared/model';
import { links } from '../../shared/pages';
import { Empty, Loading, Problem } from '../components/Notice';
import type { ClientFeature, PageProps } from '../feature';
import { formatNumber } from '../lib/format';
import { useLoad } from '../lib/load';
import { Link, navigate } from '../lib/router';
import { useSession } from '../lib/session';
import { t } from '../lib/texts';

const [width, height] = [600, 450];

function MapPage({ page }: PageProps) {
  const { user } = useSession();
  const entity = entityOf(maps[page.path]?.entity);
  const { data, error } = useLoad<Place[]>(`/app/map/${entity.key}`);
  const link = links[entity.key];
  const add = link && reach(entity, 'create', user) !== 'none' ? <Link href={link.new} className="button">{t('New {title}', { title: entity.title })}</Link> : null;
  return (
    <section aria-labelledby="title">
      <div className="heading"><h1 id="title">{page.title}</h1>{add}</div>
      {error ? <Problem>{error}</Problem> : !data ? <Loading /> : data.length === 0 ? <Empty title={t('Nothing with a place yet')} /> : <Places entity={entity} places={data} />}
      {data && data.length >= most ? <p className="muted">{t('Only the first {count} are shown.', { count: most })}</p> : null}
    </section>
  );
}

const osm = ({ latitude, longitude }: Place) => `https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}#map=16/${latitude}/${longitude}`;

function Places({ entity, places }: { entity: Entity; places: Place[] }) {
  const whole = fit(places, width / height);
  const [view, setView] = useState(whole);
  const [chosen, setChosen] = useState<string | null>(null);
  const link = links[entity.key];
  const current = places.find((place) => place.id === chosen);
  const centre = current ? project(current) : { x: view.x + view.width / 2, y: view.y + view.height / 2 };

  function choose(place: Place) {
    setChosen(place.id);
    const { x, y } = project(place);
    const inside = x > view.x && x < view.x + view.width && y > view.y && y < view.y + view.height;
    if (!inside) setView(zoomed(view, { x, y }, 1));
  }

  return (
    <div className="map">
      <div className="card map-frame">
        <Picture entity={entity} places={places} view={view} chosen={chosen} choose={choose} />
        <div className="actions">
          <button type="button" className="quiet small" aria-label={t('Closer')} disabled={view.width < 0.000_01} onClick={() => setView(zoomed(view, centre, 0.5))}>+</button>
          <button type="button" className="quiet small" aria-label={t('Farther')} disabled={view.width > 1} onClick={() => setView(zoomed(view, centre, 2))}>−</button>
          <button type="button" className="quiet small" onClick={() => setView(whole)}>{t('Show all')}</button>
        </div>
      </div>
      <ul className="map-list">
        {places.map((place) => (
          <li key={place.id} className={place.id === chosen ? 'card map-chosen' : 'card'}>
            <strong>{link ? <Link href={link.detail(place.id)} onPointerEnter={() => setChosen(place.id)} onFocus={() => choose(place)}>{place.label ?? t('Without a name')}</Link> : place.label}</strong>
            <span className="muted">{formatNumber(place.latitude)}°, {formatNumber(place.longitude)}°</span>
            <a href={osm(place)} target="_blank" rel="noopener noreferrer" onFocus={() => choose(place)} aria-label={t('{title}: open in OpenStreetMap', { title: place.label ?? entity.title })}>{t('Open in OpenStreetMap')}</a>
          </li>
        ))}
      </ul>
    </div>
  );
}

interface PictureProps {
  entity: Entity;
  places: Place[];
  view: View;
  chosen: string | null;
  choose: (place: Place) => void;
}

/** The points and the grid; the list beside it says the same in words. */
function Picture({ entity, places, view, chosen, choose }: PictureProps) {
  const link = links[entity.key];
  const x = (value: number) => ((value - view.x) / view.width) * width;
  const y = (value: number) => ((value - view.y) / view.height) * height;
  const at = (place: Pick<Place, 'latitude' | 'longitude'>) => {
    const point = project(place);
    return { x: x(point.x), y: y(point.y) };
  };
  const { longitudes, latitudes } = grid(view);
  const { metres, share } = scaleOf(view);
  // What is chosen is drawn last, above the others.
  const ordered = places.toSorted((a, b) => Number(a.id === chosen) - Number(b.id === chosen));
  return (
    // eslint-disable-next-line jsx-a11y/prefer-tag-over-role -- the points are links, no element groups them in SVG
    <svg className="map-picture" viewBox={`0 0 ${width} ${height}`} role="group" aria-label={t('Map of {titles}', { titles: entity.titlePlural })}>
      {longitudes.map((longitude) => {
        const { x: across } = at({ latitude: 0, longitude });
        return <g key={longitude}><line className="map-line" x1={across} x2={across} y1="0" y2={height} /><text className="map-text" x={across + 4} y={height - 6}>{longitude}°</text></g>;
      })}
      {latitudes.map((latitude) => {
        const { y: down } = at({ latitude, longitude: 0 });
        return <g key={latitude}><line className="map-line" x1="0" x2={width} y1={down} y2={down} /><text className="map-text" x="4" y={down - 4}>{latitude}°</text></g>;
      })}
      {ordered.map((place) => {
        const point = at(place);
        return (
          <a
            key={place.id} href={link?.detail(place.id)} tabIndex={-1} aria-label={place.label ?? entity.title} onPointerEnter={() => choose(place)}
            onClick={(event) => {
              event.preventDefault();
              if (link) navigate(link.detail(place.id));
            }}
          >
            <circle className={place.id === chosen ? 'map-point map-here' : 'map-point'} cx={point.x} cy={point.y} r={place.id === chosen ? 10 : 7} />
            {place.id === chosen ? <text className="map-label" x={point.x} y={point.y - 16} textAnchor={point.x < width / 4 ? 'start' : point.x > (width * 3) / 4 ? 'end' : 'middle'}>{place.label}</text> : null}
          </a>
        );
      })}
      <g transform={`translate(${width - share * width - 16} 22)`}>
        <path className="map-scale" d={`M0 -6 V0 H${share * width} V-6`} />
        <text className="map-text" x={share * width} y="16" textAnchor="end">{metres < 1_000 ? `${formatNumber(metres)} m` : `${formatNumber(metres / 1_000)} km`}</text>
      </g>
    </svg>
  );
}

/** Records by their places. */
export const feature: ClientFeature = { pages: { map: MapPage } };
