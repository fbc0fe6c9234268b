import * as v from 'valibot';
import type { Field } from './fields';
import { holds, type Rule } from './rules';

export type Fields = Record<string, Field>;
export type Action = 'list' | 'read' | 'create' | 'update' | 'delete';

/** `guest` is anyone, `member` anyone signed in, `owner` the record's owner; other words are roles. */
export type Access = Record<Action, readonly string[]>;

export interface Transition {
  name: string;
  from: readonly string[];
  to: string;
  /** Roles, `owner` or `member`; empty for everyone who may update the record. */
  roles: readonly string[];
  /** Fields that are set to the moment or to the name of whoever makes the step, and who is notified. */
  effects?: readonly { kind: 'now' | 'me' | 'notify'; target: string }[];
}

export interface Workflow {
  field: string;
  initial: string;
  /** The table of the steps that records have made. */
  history: string;
  /** The function that knows the accounts of a role that steps notify. */
  holders?: string;
  transitions: readonly Transition[];
}

/** A kind of record: its table, its API below `/api/<path>`, its pages, and who may do what. */
export interface Entity<F extends Fields = Fields> {
  key: string;
  path: string;
  table: string;
  title: string;
  titlePlural: string;
  /** Whose a record is: its creator's, everybody's, or that of the record behind `parent`. */
  ownership: 'user' | 'org' | 'shared' | 'system' | 'parent';
  parent?: string;
  /** Entities whose records are rows of this one's form; `field` is theirs that points here. */
  children?: readonly { entity: string; field: string }[];
  /** Whether records are inside of an organisation, to which alone they can be known. */
  org?: boolean;
  access: Access;
  label: string;
  fields: F;
  search: readonly string[];
  sort: string;
  softDelete?: boolean;
  /** Roles that must approve a record before others see it. */
  approvers?: readonly string[];
  workflow?: Workflow;
  rules?: readonly Rule[];
  /** What a broken constraint of the table means: the field it belongs to, and the words. */
  constraints: Record<string, { field: string; message: string }>;
}

export const defineEntity = <const F extends Fields>(entity: Entity<F>): Entity<F> => entity;

/** What a form or the API sends for an entity. */
export type Input<E extends Entity> = { [K in keyof E['fields']]: v.InferOutput<E['fields'][K]['schema']> };

/** What the API answers with; `_labels` are the names of the records referred to, `_mine` says whose it is. */
export type Row<E extends Entity = Entity> = Input<E> & {
  id: string;
  created_at: string;
  updated_at: string;
  _mine: boolean;
  _labels: Record<string, string | null | { id: string; label: string }[]>;
};

export interface Page<R> {
  items: R[];
  total: number;
  page: number;
  pageSize: number;
}

export interface User {
  id: string;
  email: string;
  name: string;
  role: string;
  /** The organisation of the user, where the app has them. */
  org?: string | null;
}

export type Errors = Record<string, string>;

/** How far somebody gets: every record, their own or their organisation's ones, or none. */
export function reach(entity: Entity, action: Action, user: User | null): 'all' | 'own' | 'none' {
  const who = entity.access[action];
  if (entity.org) return user?.org && ['guest', 'member', 'owner', user.role].some((word) => who.includes(word)) ? 'own' : 'none';
  if (who.includes('guest')) return 'all';
  if (!user) return 'none';
  if (who.includes('member') || who.includes(user.role)) return 'all';
  return who.includes('owner') && entity.ownership !== 'system' ? 'own' : 'none';
}

const permits = (roles: readonly string[] | undefined, user: User | null) => !roles || (user !== null && roles.includes(user.role));

/** The fields that somebody may see. */
export function readable(entity: Entity, user: User | null): [string, Field][] {
  return Object.entries(entity.fields).filter(([, field]) => permits(field.readRoles, user));
}

/** The fields that somebody may fill in; a required one always, or nothing could be saved. */
export function writable(entity: Entity, user: User | null): [string, Field][] {
  return Object.entries(entity.fields).filter(([, field]) => !field.readOnly && permits(field.writeRoles, user) && permits(field.readRoles, user));
}

export type Checked = { ok: true; values: Record<string, unknown> } | { ok: false; errors: Errors };

/** Checks input with the one schema of both sides; `partial` leaves out what is not sent. */
export function check(fields: [string, Field][], input: unknown, { partial = false, rules = [] }: { partial?: boolean; rules?: readonly Rule[] | undefined } = {}): Checked {
  const object = v.object(Object.fromEntries(fields.map(([key, field]) => [key, field.schema])), 'An object is expected');
  const result = v.safeParse(partial ? v.partial(object) : object, input);
  if (!result.success) return { ok: false, errors: errorsOf(result.issues) };
  const broken = rules.filter((rule) => rule.kind === 'check' && !holds(rule, result.output));
  if (broken.length > 0) return { ok: false, errors: Object.fromEntries(broken.map((rule) => [rule.field, rule.message])) };
  return { ok: true, values: result.output };
}

const pad = (value: number) => String(value).padStart(2, '0');

/** What a new record starts with; `today` and `now` are those of the reader. */
export function initialOf(field: Field | undefined, now = new Date()): Field['initial'] {
  if (field?.type === 'date' && field.initial === 'today') return `${now.getFullYear()}-${pad(now.getMonth() + 1)}-${pad(now.getDate())}`;
  return field?.type === 'datetime' && field.initial === 'now' ? now.toISOString() : field?.initial;
}

/** Input for a new record, completed by what its fields start with. */
export function withInitial(fields: [string, Field][], input: unknown): unknown {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return input;
  const defaults = fields.filter(([, field]) => field.initial !== undefined).map(([key, field]) => [key, initialOf(field)] as const);
  return { ...Object.fromEntries(defaults), ...input };
}

/** The first message of each field; `_form` for what belongs to none. */
export function errorsOf(issues: readonly v.BaseIssue<unknown>[]): Errors {
  const errors: Errors = {};
  for (const issue of issues) errors[String(issue.path?.[0]?.key ?? '_form')] ??= issue.message;
  return errors;
}

/** The steps that a user may take with a record in `state`; `mine` says whether it is theirs. */
export function nextSteps(entity: Entity, state: unknown, user: User | null, mine: boolean): Transition[] {
  const can = ({ roles }: Transition) =>
    roles.length === 0 || roles.includes('guest') || (user !== null && (roles.includes('member') || roles.includes(user.role))) || (mine && roles.includes('owner'));
  return (entity.workflow?.transitions ?? []).filter((step) => step.from.includes(String(state)) && can(step));
}

/** The states that a record may go to from `state`, besides staying as it is. */
export function nextStates(entity: Entity, state: unknown, user: User | null, mine: boolean): string[] {
  return [...new Set(nextSteps(entity, state, user, mine).map((step) => step.to))];
}
