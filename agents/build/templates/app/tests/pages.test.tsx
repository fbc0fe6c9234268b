import { renderToStaticMarkup } from 'react-dom/server';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { roles } from '../shared/app';
import { entityOf } from '../shared/model';
import { type PageInfo, pages } from '../shared/pages';
import { App } from '../src/App';
import { admits } from '../src/lib/audience';
import { known } from '../src/lib/load';
import { type Client, guest, person } from './support/client';
import { unmarked } from './support/errors';
import { anyRecord, author, create } from './support/records';

beforeEach(() => {
  vi.spyOn(console, 'error');
  vi.stubGlobal('Error', unmarked);
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  known.answer = () => undefined;
});

/** The page as somebody sees it, with what the API really answers, once to each question; null when it answers with a refusal. */
async function render(path: string, client: Client, answers: Map<string, unknown>): Promise<string | null> {
  vi.stubGlobal('location', { pathname: path, search: '' });
  for (let round = 0; round < 8; round += 1) {
    const asked = new Set<string>();
    known.answer = (each) => {
      if (!answers.has(each)) asked.add(each);
      return answers.get(each);
    };
    const html = renderToStaticMarkup(<App />);
    if (asked.size === 0) return html;
    for (const each of asked) {
      const answer = await client.call('GET', each);
      if (!answer.ok) return null;
      answers.set(each, await answer.json());
    }
  }
  throw new Error(`${path} goes on asking for more`);
}

/** An address of the page, with a record that the person may see where that can be. */
async function address(page: PageInfo, client: Client): Promise<string> {
  const entity = page.entity && page.path.includes(':') ? entityOf(page.entity) : null;
  const maker = entity && (await author(entity));
  const own = entity && maker && client.user?.role === maker.user?.role ? maker : null;
  const id = entity ? (own ? (await create(entity, own)).id : await anyRecord(entity)) : client.user?.id;
  return page.path.replace(/:[a-z_]+/, id ?? '00000000-0000-4000-8000-000000000000');
}

describe.each(['guest', ...roles.map(({ key }) => key)])('the pages, for %s', (role) => {
  it('show what is there, and no error', async () => {
    const client = role === 'guest' ? guest() : await person(role);
    const mine = pages.filter((page) => admits(page, client.user));
    expect(mine.length).toBeGreaterThan(0);
    const answers = new Map<string, unknown>();
    for (const page of mine) {
      const html = await render(await address(page, client), client, answers);
      // Of others' records there is nothing to see: the API has said so.
      if (html === null) expect(page.path, page.path).toContain(':');
      else {
        expect(html, page.path).toContain('<h1');
        expect(html, page.path).not.toContain('role="alert"');
      }
    }
    expect(vi.mocked(console.error).mock.calls).toEqual([]);
  });
});
