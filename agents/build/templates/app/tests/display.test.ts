import { describe, expect, it } from 'vitest';
import { defineEntity, type Entity, type Fields } from '../shared/entity';
import { choice, date, datetime, image, longtext, markdown, money, text } from '../shared/fields';
import { displayOf, excerpt } from '../src/lib/display';
import { homeOf } from '../src/lib/home';
import { labelText } from '../src/lib/label';

const everybody = { list: ['guest'], read: ['guest'], create: ['member'], update: ['owner'], delete: ['owner'] };
const members = { ...everybody, list: ['member'], read: ['member'] };
const name = text('Name', { required: true });

function entity(key: string, fields: Fields, more: Partial<Entity> = {}): Entity {
  return defineEntity({ key, path: key, table: key, title: key, titlePlural: key, ownership: 'shared', access: everybody, label: 'name', fields: { name, ...fields }, search: [], sort: 'name', constraints: {}, ...more });
}

const status = choice('Status', { options: ['open', 'done'] });
const workflow = { field: 'status', initial: 'open', transitions: [], history: 'history' };

describe('how records are shown', () => {
  it.each([
    ['cards', 'a picture', entity('product', { image: image('Picture', {}), price: money('Price', {}), body: longtext('Body', {}) })],
    ['agenda', 'when it begins', entity('event', { starts_at: datetime('Starts', { required: true }), place: text('Place', {}) })],
    ['agenda', 'a name that is when it begins', entity('visit', { starts_at: datetime('Starts', { required: true }) }, { label: 'starts_at' })],
    ['articles', 'a text to read', entity('post', { body: markdown('Text', {}), published_on: date('Published', {}) })],
    ['table', 'a workflow', entity('ticket', { body: markdown('Text', {}), status }, { workflow })],
    ['table', 'many short facts', entity('person', { a: text('A', {}), b: text('B', {}), c: text('C', {}) })],
    ['cards', 'little but a name', entity('topic', {})],
  ])('is as %s with %s', (layout, _, given) => {
    expect(displayOf(given, null).layouts[0]).toBe(layout);
    expect(displayOf(given, null).layouts).toContain('table');
  });

  it('leaves out what the reader may not see', () => {
    expect(displayOf(entity('product', { image: image('Picture', { readRoles: ['admin'] }) }), null).picture).toBeUndefined();
  });

  it('begins a text without its marks', () => {
    expect(excerpt('## Title\n\nSome **bold** [link](https://example.org) and `code`.\n\n- one')).toBe('Title Some bold link and code. one');
    expect(excerpt('word '.repeat(100), 20)).toBe('word word word word…');
  });

  it('names a record by a date as people read it', () => {
    const visit = entity('visit', { starts_at: datetime('Starts', {}) }, { label: 'starts_at' });
    expect(labelText(visit, '2026-01-15 10:00:00+00')).toBe(labelText(visit, '2026-01-15T10:00:00.000Z'));
    expect(labelText(visit, '2026-01-15 10:00:00+00')).toContain('2026');
  });
});

describe('the home page', () => {
  const topic = entity('topic', {});
  const product = entity('product', { image: image('Picture', {}) });
  const ticket = entity('ticket', { status, body: longtext('Body', {}) }, { workflow, access: members });
  const user = { id: '', email: '', name: '', role: 'member' };

  it('is about what guests may look at, and not about what only names it', () => {
    expect(homeOf([topic, ticket, product], null)).toEqual({ main: product, others: [], open: true });
    expect(homeOf([topic, ticket, product], user)).toEqual({ main: product, others: [ticket], open: true });
  });

  it('shows guests nothing that is for members', () => {
    expect(homeOf([topic, ticket], null)).toEqual({ main: undefined, others: [], open: false });
    expect(homeOf([topic, ticket], user).main).toBe(ticket);
  });
});
