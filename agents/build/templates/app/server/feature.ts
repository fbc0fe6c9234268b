import type { Hono } from 'hono';
import type { Entity, User } from '../shared/entity';
import type { Sql, Tx } from './db';
import type { Env } from './http';
import type { Invitation } from './invitations';
import type { Paths } from './openapi/operations';

/** A record as the user who changes it sees it. */
export type Seen = Record<string, unknown>;

/** What happened to one record: `before` is null for a new one, `after` for one that is gone. */
export interface Change {
  entity: Entity;
  id: string;
  before: Seen | null;
  after: Seen | null;
}

/** Something that one person should hear of; `path` is the page to look at. */
export interface News {
  to: string;
  text: string;
  path: string;
  /** What kind of news this is, such as `comment`: people may silence one. */
  kind?: string;
}

/** An order that is being made: it is there with its items, its money may still change; `input` is what the checkout sent. */
export interface Ordering {
  id: string;
  input: Readonly<Record<string, unknown>>;
}

/** What the app can do beyond keeping records. */
export interface ServerFeature {
  /** Routes below /api. */
  routes?: Hono<Env>;
  /** What those routes take and answer, for /api/openapi.json; those that are left out are named there. */
  openapi?: Paths;
  /** Runs in the transaction of every change, as the user who makes it; what it throws takes the change back. */
  changed?: (tx: Tx, user: User | null, change: Change) => Promise<void>;
  /**
   * Runs in the transaction of a sign-up, as the new user; `sent` is all that the form sent. Throws
   * Refused with what is wrong by field.
   */
  joined?: (tx: Tx, user: User, sent: unknown, invitation: Invitation | null) => Promise<void>;
  /** What a list of the records `t` is sorted by under this key, which begins with `_`; null when it is not the feature's. */
  sorted?: (tx: Tx, entity: Entity, key: string) => Sql | null;
  /** Passes news on, in the transaction that they are about. */
  heard?: (tx: Tx, news: News) => Promise<void>;
  /** Runs in the transaction that makes an order, under the setting `app.shop`; what it throws takes the order back. */
  ordered?: (tx: Tx, user: User, order: Ordering) => Promise<void>;
  /** Runs once a minute in a server that stays, to finish what was left behind; handles its own errors. */
  minutely?: () => Promise<void>;
}
