/** A record on a map, in degrees. */
export interface Place {
  id: string;
  label: string | null;
  latitude: number;
  longitude: number;
}

/** How many are shown at most. */
export const most = 1_000;

/** A part of the world in Web Mercator: 0 to 1 from west to east and from north to south. */
export interface View {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Web Mercator ends there. */
const edge = 85.0511;
const radians = Math.PI / 180;

export function project({ latitude, longitude }: Pick<Place, 'latitude' | 'longitude'>): { x: number; y: number } {
  const bounded = Math.min(edge, Math.max(-edge, latitude)) * radians;
  return { x: (longitude + 180) / 360, y: (1 - Math.log(Math.tan(Math.PI / 4 + bounded / 2)) / Math.PI) / 2 };
}

export const latitudeAt = (y: number) => (2 * Math.atan(Math.exp((1 - 2 * y) * Math.PI)) - Math.PI / 2) / radians;

/** The smallest view with the shape `ratio` (width by height) that holds all places, with a margin. */
export function fit(places: readonly Place[], ratio: number): View {
  const points = places.map(project);
  const [left, right] = [Math.min(...points.map(({ x }) => x)), Math.max(...points.map(({ x }) => x))];
  const [top, bottom] = [Math.min(...points.map(({ y }) => y)), Math.max(...points.map(({ y }) => y))];
  if (points.length === 0) return { x: 0, y: (1 - 1 / ratio) / 2, width: 1, height: 1 / ratio };
  // About half a kilometre at least: one place alone has no extent.
  const width = Math.max((right - left) * 1.3, (bottom - top) * 1.3 * ratio, 0.000_02);
  return { x: (left + right - width) / 2, y: (top + bottom - width / ratio) / 2, width, height: width / ratio };
}

/** The view about a point, larger or smaller by a factor. */
export const zoomed = (view: View, about: { x: number; y: number }, factor: number): View =>
  ({ x: about.x - (view.width * factor) / 2, y: about.y - (view.height * factor) / 2, width: view.width * factor, height: view.height * factor });

const degrees = [30, 20, 10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001, 0.000_5];

/** The meridians and parallels of a view, about five of each. */
export function grid(view: View): { longitudes: number[]; latitudes: number[] } {
  const [west, east] = [view.x * 360 - 180, (view.x + view.width) * 360 - 180];
  const [north, south] = [latitudeAt(Math.max(0, view.y)), latitudeAt(Math.min(1, view.y + view.height))];
  const lines = (from: number, to: number) => {
    const step = degrees.findLast((each) => (to - from) / each >= 3 && (to - from) / each <= 9) ?? (to - from > 100 ? 30 : 0.000_5);
    const first = Math.ceil(from / step);
    const count = Math.min(20, Math.floor(to / step) - first + 1);
    return Array.from({ length: Math.max(0, count) }, (_, index) => Number(((first + index) * step).toFixed(4)));
  };
  return { longitudes: lines(Math.max(-180, west), Math.min(180, east)), latitudes: lines(south, north) };
}

/** A round length that is about a quarter of the view, in metres, and its share of the width. */
export function scaleOf(view: View): { metres: number; share: number } {
  const whole = view.width * 40_075_017 * Math.cos(latitudeAt(view.y + view.height / 2) * radians);
  const power = 10 ** Math.floor(Math.log10(whole / 4));
  const metres = [5, 2, 1].map((factor) => factor * power).find((each) => each <= whole / 4) ?? power;
  return { metres, share: metres / whole };
}
