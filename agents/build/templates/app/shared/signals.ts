/** What the browser is told with the header `x-signals`, when there is somebody to tell. */
export interface Wanted {
  release: string;
  environment: string;
  errors: boolean;
  counts: boolean;
}

/** How addresses are named that lead to no page. */
export const elsewhere = '/404';

export const metrics = ['LCP', 'INP', 'CLS', 'FCP', 'TTFB'] as const;
export type Metric = (typeof metrics)[number];

/**
 * A page that was opened, or how quick one was: milliseconds, and for CLS a share. Pages are named
 * by their pattern, as in `/recipes/:id`: which record it was is not told. Of what has the same
 * `visit` the last values count; it is drawn for each page that is loaded, and kept nowhere.
 */
export type Beacon =
  | { kind: 'view'; page: string; referrer: string }
  | { kind: 'vitals'; page: string; visit: string; values: Partial<Record<Metric, number>> };
