import { createHash } from 'node:crypto';
import type { Beacon } from '../../shared/signals';
import type { Outgoing } from './delivery';
import type { Counter } from './providers';

/** What the network shows of a visitor: kept nowhere, told to whom the app's owner has chosen. */
export interface Visitor {
  /** Where the app was visited, as in https://example.com. */
  origin: string;
  agent: string;
  address: string | null;
}

/** One request, in the words of who counts; null for what they do not take. */
export function counted(counter: Counter, beacon: Beacon, visitor: Visitor): Outgoing | null {
  const headers: Record<string, string> = { 'content-type': 'application/json', 'user-agent': visitor.agent };
  if (visitor.address) headers['x-forwarded-for'] = visitor.address;
  const to = (path: string, content: object | null) => content && { url: `${counter.host}${path}`, headers, body: JSON.stringify(content) };
  switch (counter.kind) {
    case 'plausible': return to('/api/event', forPlausible(counter.domain, beacon, visitor));
    case 'umami': return to('/api/send', forUmami(counter.website, beacon, visitor));
    case 'posthog': return to('/i/v0/e/', forPostHog(counter.key, beacon, visitor));
  }
}

function forPlausible(domain: string, beacon: Beacon, { origin }: Visitor): object | null {
  // It has no place for Web Vitals.
  if (beacon.kind === 'vitals') return null;
  return { name: 'pageview', url: origin + beacon.page, domain, ...(beacon.referrer ? { referrer: beacon.referrer } : {}) };
}

function forUmami(website: string, beacon: Beacon, { origin, agent, address }: Visitor): object {
  const common = { website, hostname: new URL(origin).hostname, url: beacon.page, userAgent: agent, ...(address ? { ip: address } : {}) };
  if (beacon.kind === 'view') return { type: 'event', payload: { ...common, referrer: beacon.referrer } };
  const values = Object.entries(beacon.values).map(([name, value]) => [name.toLowerCase(), value]);
  // Genesis takes the tag as the visit's name, Umami leaves it.
  return { type: 'performance', payload: { ...common, tag: beacon.visit, ...(Object.fromEntries(values) as object) } };
}

function forPostHog(key: string, beacon: Beacon, { origin, agent, address }: Visitor): object {
  const day = new Date().toISOString().slice(0, 10);
  // The same visitor is another one tomorrow: there is no cookie and no profile.
  const distinct_id = createHash('sha256').update(`${key} ${day} ${address} ${agent}`).digest('hex').slice(0, 32);
  const vitals = beacon.kind === 'vitals' ? Object.entries(beacon.values).map(([name, value]) => [`$web_vitals_${name}_value`, value]) : [];
  return {
    api_key: key,
    event: beacon.kind === 'view' ? '$pageview' : '$web_vitals',
    distinct_id,
    timestamp: new Date().toISOString(),
    properties: {
      $current_url: origin + beacon.page, $pathname: beacon.page, $host: new URL(origin).host, $raw_user_agent: agent,
      $referrer: (beacon.kind === 'view' && beacon.referrer) || '$direct', $process_person_profile: false, $geoip_disable: true, ...(Object.fromEntries(vitals) as object),
    },
  };
}
