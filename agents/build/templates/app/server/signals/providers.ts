import process from 'node:process';
import { ask, told } from './told';

/** Who takes errors: a project that speaks Sentry's protocol. */
export interface Project {
  /** Its Data Source Name, and where its envelopes go. */
  dsn: string;
  envelopes: string;
}

/** Who takes page views and Web Vitals. */
export type Counter =
  | { kind: 'plausible'; host: string; domain: string }
  | { kind: 'umami'; host: string; website: string }
  | { kind: 'posthog'; host: string; key: string };

export interface Providers {
  projects: readonly Project[];
  counters: readonly Counter[];
}

interface Dsn extends Project {
  host: string;
  number: string;
  key: string;
}

/** A DSN such as https://key@host/path/1; null for anything else. */
function parsed(dsn: string): Dsn | null {
  const url = URL.canParse(dsn) ? new URL(dsn) : null;
  const [, path = '', number] = /^(.*)\/(\d+)$/.exec(url?.pathname ?? '') ?? [];
  if (!url || !/^https?:$/.test(url.protocol) || !/^\w+$/.test(url.username) || !number) return null;
  const host = `${url.protocol}//${url.host}${path}`;
  const envelopes = `${host}/api/${number}/envelope/?sentry_version=7&sentry_key=${url.username}`;
  return { dsn: `${url.protocol}//${url.username}@${url.host}${path}/${number}`, envelopes, host, number, key: url.username };
}

/** An address without a slash at its end; null for what is none. */
function address(value: string): string | null {
  return URL.canParse(value) && /^https?:$/.test(new URL(value).protocol) ? value.replace(/\/+$/, '') : null;
}

const warned = new Set<string>();

function warn(name: string, what: string): null {
  if (!warned.has(name)) console.warn(`signals: ${name} is not ${what}, so nothing is sent there`);
  warned.add(name);
  return null;
}

/** The value of a variable: the environment's, else what Genesis says; "" for neither. */
const given = (name: string) => process.env[name]?.trim() || told(name);
const project = (name: string) => (given(name) ? (parsed(given(name)) ?? warn(name, 'a DSN')) : null);
const hostOf = (name: string, usual: string) => address(given(name) || usual) ?? warn(name, 'an address');

function counter<Kind extends Counter['kind']>(kind: Kind, id: string, usual: string): { kind: Kind; host: string; id: string } | null {
  const host = given(id) ? hostOf(`${kind.toUpperCase()}_HOST`, usual) : null;
  return host === null ? null : { kind, host, id: given(id) };
}

/** Everyone that the environment or Genesis names: nobody, unless somebody has set it up. */
export function providers(): Providers {
  const own = project('GENESIS_SIGNALS');
  if (own) ask(`${own.host}/api/${own.number}/receivers?key=${own.key}`);
  const sentry = project('SENTRY_DSN');
  const plausible = counter('plausible', 'PLAUSIBLE_DOMAIN', 'https://plausible.io');
  const umami = counter('umami', 'UMAMI_WEBSITE_ID', 'https://cloud.umami.is');
  const posthog = counter('posthog', 'POSTHOG_KEY', 'https://eu.i.posthog.com');
  return {
    projects: [own, sentry?.dsn === own?.dsn ? null : sentry].filter((each) => each !== null),
    counters: [
      // Genesis counts in Umami's words; a website's id there is the project's key.
      own && { kind: 'umami' as const, host: own.host, website: own.key.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5') },
      plausible && { kind: plausible.kind, host: plausible.host, domain: plausible.id },
      umami && { kind: umami.kind, host: umami.host, website: umami.id },
      posthog && { kind: posthog.kind, host: posthog.host, key: posthog.id },
    ].filter((each) => each !== null),
  };
}

/** Where the app runs, such as `production` or `staging`. */
export const environment = () => given('SENTRY_ENVIRONMENT').replaceAll(/[^\w.-]/g, '') || 'production';
