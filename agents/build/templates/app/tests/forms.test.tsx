import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import { check } from '../shared/entity';
import { color, date, datetime, decimal, duration, type Field, geo, json, money, rating, tags, time } from '../shared/fields';
import { readForm, toControl } from '../src/lib/form';
import { toLocalInput } from '../src/lib/format';
import { Markdown } from '../src/lib/markdown';

/** What the API would be sent for what stands in a form; a list of messages when it is refused. */
function sent(field: Field, controls: Record<string, string | string[]>, before: unknown = null): unknown {
  const form = new FormData();
  for (const [name, value] of Object.entries(controls)) for (const each of [value].flat()) form.append(name, each);
  const { values, errors } = readForm([['x', field as Field]], form, { x: before });
  const checked = check([['x', field as Field]], values);
  if (Object.keys(errors).length > 0) return errors;
  return checked.ok ? checked.values.x : checked.errors;
}

const wrong = { x: expect.any(String) as string };

describe('money', () => {
  const price = money('Price', {});
  it('is exact to the cent', () => {
    expect(sent(price, { x: '9999999999.99' })).toBe(9_999_999_999.99);
    expect(sent(price, { x: '999999999998.99' })).toBe(999_999_999_998.99);
    expect(check([['x', price]], { x: 0.1 + 0.2 })).toEqual({ ok: true, values: { x: 0.3 } });
    expect(toControl(price, 0.3)).toBe('0.30');
    expect(toControl(price, 9_999_999_999.99)).toBe('9999999999.99');
  });

  it('is never rounded silently', () => {
    for (const text of ['-0.005', '0.001', '1.999', '999999999998.991', '1e13', 'ten', '1,5']) expect(sent(price, { x: text }), text).toEqual(wrong);
  });
});

// In Europe/Berlin: see support/zone.ts.
describe('times', () => {
  const at = datetime('At', {});

  it('are typed in the own zone and sent with one', () => {
    expect(sent(at, { x: '2026-01-15T10:30' })).toBe('2026-01-15T09:30:00.000Z');
    expect(sent(at, { x: '2026-07-15T10:30' })).toBe('2026-07-15T08:30:00.000Z');
    expect(toLocalInput('2026-07-15T08:30:00.000Z')).toBe('2026-07-15T10:30');
  });

  it('in the hour that the clocks skip are refused', () => {
    expect(sent(at, { x: '2026-03-29T02:30' })).toEqual(wrong);
    expect(sent(at, { x: '2026-03-29T03:30' })).toBe('2026-03-29T01:30:00.000Z');
  });

  it('that nobody touched stay what they were, in the hour that comes twice and to the second', () => {
    for (const moment of ['2026-10-25T00:30:00.000Z', '2026-10-25T01:30:00.000Z', '2026-05-01T10:20:30.123Z']) expect(sent(at, { x: toLocalInput(moment) }, moment)).toBe(moment);
  });

  it('without a zone mean nothing to the API', () => {
    for (const x of ['2026-01-15T10:30', '2026-01-15', '2026-02-30T10:00:00Z', 'now']) expect(check([['x', at]], { x }).ok, x).toBe(false);
    expect(check([['x', at]], { x: '2026-01-15T10:30+05:30' })).toEqual({ ok: true, values: { x: '2026-01-15T05:00:00.000Z' } });
  });
});

describe('the controls', () => {
  it.each<[string, Field, Record<string, string | string[]>, unknown]>([
    ['hours and minutes', duration('D', {}), { 'x.hours': '1', 'x.minutes': '15' }, 75],
    ['hours alone', duration('D', {}), { 'x.hours': '2', 'x.minutes': '' }, 120],
    ['no duration', duration('D', {}), { 'x.hours': '', 'x.minutes': '' }, null],
    ['a place', geo('G', {}), { 'x.latitude': '52.52', 'x.longitude': '-13.4' }, '52.52, -13.4'],
    ['half a place', geo('G', {}), { 'x.latitude': '52.52', 'x.longitude': '' }, wrong],
    ['a place off the earth', geo('G', {}), { 'x.latitude': '91', 'x.longitude': '0' }, wrong],
    ['tags, each once', tags('T', {}), { x: ['a, b', 'c', 'c', ''] }, ['a, b', 'c']],
    ['stars', rating('R', {}), { x: '4' }, 4],
    ['too many stars', rating('R', {}), { x: '6' }, wrong],
    ['no stars', rating('R', {}), { x: '' }, null],
    ['a colour', color('C', {}), { x: '#2563EB' }, '#2563eb'],
    ['no colour', color('C', {}), { x: '' }, null],
    ['a word as colour', color('C', {}), { x: 'red' }, wrong],
    ['JSON', json('J', {}), { x: '{"a": [1, null]}' }, { a: [1, null] }],
    ['broken JSON', json('J', {}), { x: '{"a": ' }, wrong],
    ['JSON that cannot be stored', json('J', {}), { x: String.raw`{"a": "\u0000"}` }, wrong],
    ['a number', decimal('N', {}), { x: '-0.125' }, -0.125],
    ['words as a number', decimal('N', {}), { x: 'many' }, wrong],
    ['a day', date('D', {}), { x: '2028-02-29' }, '2028-02-29'],
    ['a day that is none', date('D', {}), { x: '2026-02-29' }, wrong],
    ['a time', time('T', {}), { x: '23:59' }, '23:59'],
    ['a time that is none', time('T', {}), { x: '24:00' }, wrong],
  ])('send %s', (_, field, controls, expected) => expect(sent(field, controls)).toEqual(expected));
});

describe('Markdown', () => {
  const html = (text: string) => renderToStaticMarkup(<Markdown text={text} />);

  it('is shown as what it means', () => {
    expect(html('# Title\n\nSome **bold**, *light* `code`\nand [a link](https://example.com/a).\n\n- one\n- two\n\n1. first\n\n> said\n\n---\n\n```\n<b>\n```')).toBe(
      '<div class="markdown"><h3>Title</h3><p>Some <strong>bold</strong>, <em>light</em> <code>code</code>\nand <a href="https://example.com/a" rel="noopener noreferrer nofollow">a link</a>.</p>'
      + '<ul><li>one</li><li>two</li></ul><ol><li>first</li></ol><blockquote><p>said</p></blockquote><hr/><pre><code>&lt;b&gt;</code></pre></div>',
    );
  });

  it('never becomes markup or a script', () => {
    for (const text of ['<img src=x onerror=alert(1)>', '<script>alert(1)</script>', '# <b>x</b>', '[x](javascript:alert(1))', '[x](data:text/html,x)', '[x](//evil.example)', '[<img src=x>](https://example.com)']) {
      expect(html(text), text).not.toMatch(/<(img|script|b)\b|href="(?!https:\/\/example\.com)/);
    }
  });

  it('takes any text in no time', () => {
    const begun = performance.now();
    for (const text of ['[', '>', '*', '`', '- ', '#', '**a', '[a](', '```\n', '*a*']) html(text.repeat(2_000 / text.length));
    expect(performance.now() - begun).toBeLessThan(10_000);
  });
});
