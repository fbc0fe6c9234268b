import * as v from 'valibot';
import { pages } from '../../shared/pages';
import { elsewhere, type Metric } from '../../shared/signals';

const page = v.picklist([elsewhere, ...new Set(pages.map(({ path }) => path))]);
const value = v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(3_600_000)));
const values = { LCP: value, INP: value, CLS: value, FCP: value, TTFB: value } satisfies Record<Metric, typeof value>;

/** A `Beacon` as it may come in. */
export const beacon = v.variant('kind', [
  v.strictObject({ kind: v.literal('view'), page, referrer: v.pipe(v.string(), v.maxLength(300)) }),
  v.strictObject({ kind: v.literal('vitals'), page, visit: v.pipe(v.string(), v.regex(/^[a-z0-9]{1,12}$/)), values: v.strictObject(values) }),
]);
