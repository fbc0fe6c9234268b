import { pages } from './pages';

/** The address of the page that shows a kind, for `id` when it has a parameter; null when there is none. */
export function addressOf(kind: string, id = ''): string | null {
  const page = pages.find((each: { kind: string; path: string }) => each.kind === kind && each.path.includes(':') === (id !== ''));
  return page ? page.path.replace(/:[a-z_]+/, encodeURIComponent(id)) : null;
}
