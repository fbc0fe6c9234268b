import { invitableRoles, openRoles, roles } from '../../shared/app';
import { answer, everyone, inPath, nothing, type Operation, type Paths, query, refusals, sent, signedIn } from './operations';
import { id, list, moment, object, ref, type Schema, text } from './schemas';

const email: Schema = { type: 'string', format: 'email', maxLength: 254 };
const name: Schema = { type: 'string', minLength: 1, maxLength: 100 };
const newPassword: Schema = { type: 'string', minLength: 10, maxLength: 200 };
const password: Schema = { type: 'string', minLength: 1, maxLength: 200 };
const token: Schema = { type: 'string', minLength: 20, maxLength: 100 };
const oneOf = (known: readonly { key: string }[]): Schema => ({ type: 'string', ...(known.length > 0 ? { enum: known.map(({ key }) => key) } : {}) });
const pages = (items: Schema, more: Record<string, Schema> = {}) => object({ items: list(items), total: { type: 'integer' }, page: { type: 'integer' }, pageSize: { type: 'integer' }, ...more });

export const schemas: Readonly<Record<string, Schema>> = {
  User: { title: 'An account', ...object({ id, email: text, name: text, role: oneOf(roles), org: { type: ['string', 'null'], format: 'uuid', description: 'The organisation of the account, where the app has them' } }, ['id', 'email', 'name', 'role']) },
};

const orNull = (schema: Schema): Schema => ({ ...schema, type: [schema.type, 'null'] });
const session = object({ id, agent: orNull(text), created_at: moment, seen_at: moment, current: { type: 'boolean' } });
const account = object({ id, email: text, name: text, role: oneOf(roles), created_at: moment, blocked: { type: 'boolean' } });
const invitation = object({ id, email: text, role: text, created_at: moment, expires_at: moment });
const mail = object({ id, recipient: text, subject: text, body: orNull(text), state: text, attempts: { type: 'integer' }, error: orNull(text), created_at: moment, sent_at: orNull(moment) });
const page = query('page', { type: 'integer', minimum: 1, default: 1 }, 'From 1');

const of = (operationId: string, summary: string, rest: Pick<Operation, 'responses'> & Partial<Operation>): Operation => ({ tags: ['Accounts'], security: signedIn, ...rest, operationId: `accounts.${operationId}`, summary });

/** The routes of accounts; those of administrators are for the role `admin` alone. */
export const paths: Paths = {
  '/auth/me': {
    get: of('me', 'Who is logged in; null for nobody', { security: everyone, responses: { 200: answer('The account', { anyOf: [ref('User'), { type: 'null' }] }) } }),
    patch: of('rename', 'Change the own name', { requestBody: sent(object({ name })), responses: { 200: answer('The account', ref('User')), ...refusals(401, 422) } }),
  },
  '/auth/signup': {
    get: of('open', 'Whether anybody may sign up', { security: everyone, responses: { 200: answer('Whether', object({ open: { type: 'boolean' } })) } }),
    post: of('signup', 'Make an account and log in', { security: everyone, requestBody: sent(object({ name, email, password: newPassword, role: oneOf(openRoles), invitation: token }, ['name', 'email', 'password'])), responses: { 201: answer('The account', ref('User')), ...refusals(403, 422, 429) } }),
  },
  '/auth/login': { post: of('login', 'Log in: the answer sets the cookie of the session', { security: everyone, requestBody: sent(object({ email, password })), responses: { 200: answer('The account', ref('User')), ...refusals(401, 403, 422, 429) } }) },
  '/auth/logout': { post: of('logout', 'Log out', { security: everyone, responses: { 204: nothing } }) },
  '/auth/forgot': { post: of('forgot', 'Send a link for a new password, if there is such an account', { security: everyone, requestBody: sent(object({ email })), responses: { 204: nothing, ...refusals(422, 429) } }) },
  '/auth/reset': { post: of('reset', 'Set a new password with such a link, and log in', { security: everyone, requestBody: sent(object({ token, password: newPassword })), responses: { 200: answer('The account', ref('User')), ...refusals(404, 422, 429) } }) },
  '/auth/password': { post: of('password', 'Change the own password; other sessions end', { requestBody: sent(object({ current: password, password: newPassword })), responses: { 204: nothing, ...refusals(401, 422, 429) } }) },
  '/auth/sessions': {
    get: of('sessions', 'Where one is logged in', { responses: { 200: answer('The sessions', list(session)), ...refusals(401) } }),
    delete: of('endSessions', 'Log out everywhere', { responses: { 204: nothing, ...refusals(401) } }),
  },
  '/auth/sessions/{id}': { delete: of('endSession', 'Log out in one place', { parameters: [inPath('id', text)], responses: { 204: nothing, ...refusals(401, 404) } }) },
  '/auth/users': { get: of('users', 'All accounts, for administrators', { parameters: [page, query('q', text, 'What the name or address holds')], responses: { 200: answer('A page of them', pages(account)), ...refusals(401, 403) } }) },
  '/auth/users/{id}': { patch: of('changeUser', 'Give a role or block, for administrators', { parameters: [inPath('id', text)], requestBody: sent(object({ role: oneOf(roles), blocked: { type: 'boolean' } }, [])), responses: { 204: nothing, ...refusals(401, 403, 404, 409, 422) } }) },
  '/auth/invitations': {
    get: of('invitations', 'Invitations that wait, for administrators', { responses: { 200: answer('The invitations', list(invitation)), ...refusals(401, 403) } }),
    post: of('invite', 'Invite by e-mail, for administrators', { requestBody: sent(object({ email, role: oneOf(invitableRoles) })), responses: { 204: nothing, ...refusals(401, 403, 422, 429) } }),
  },
  '/auth/invitations/look': { post: of('lookAtInvitation', 'What an invitation is for', { security: everyone, requestBody: sent(object({ token })), responses: { 200: answer('The invitation', object({ email: text, role: text })), ...refusals(404, 422, 429) } }) },
  '/auth/invitations/{id}': { delete: of('uninvite', 'Take an invitation back', { parameters: [inPath('id', text)], responses: { 204: nothing, ...refusals(401, 404) } }) },
  '/auth/outbox': { get: of('outbox', 'The e-mails of the app, for administrators', { parameters: [page], responses: { 200: answer('A page of them', pages(mail, { sent: { type: 'boolean' } })), ...refusals(401, 403) } }) },
};
