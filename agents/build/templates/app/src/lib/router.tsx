import { type AnchorHTMLAttributes, type MouseEvent, useSyncExternalStore } from 'react';

/** What the window hears of when another page is opened without a new document. */
export const changed = 'app:navigate';

function subscribe(listener: () => void): () => void {
  addEventListener('popstate', listener);
  addEventListener(changed, listener);
  return () => {
    removeEventListener('popstate', listener);
    removeEventListener(changed, listener);
  };
}

export interface Place {
  path: string;
  query: URLSearchParams;
}

const here = () => (typeof location === 'undefined' ? '/' : location.pathname + location.search);

/** Where the reader is; "/" where there is no address. */
export function usePlace(): Place {
  const address = useSyncExternalStore(subscribe, here, here);
  const at = address.indexOf('?');
  return { path: at < 0 ? address : address.slice(0, at), query: new URLSearchParams(at < 0 ? '' : address.slice(at)) };
}

export function navigate(to: string, { replace = false } = {}): void {
  if (replace) history.replaceState(null, '', to);
  else {
    history.pushState(null, '', to);
    scrollTo(0, 0);
  }
  dispatchEvent(new Event(changed));
}

/** The parameters of `path` under a pattern such as `/recipes/:id`; null when it does not match. */
export function match(pattern: string, path: string): Record<string, string> | null {
  const wanted = pattern.split('/').filter(Boolean);
  const given = path.split('/').filter(Boolean);
  if (wanted.length !== given.length) return null;
  const parameters: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const value = given[index] ?? '';
    if (part.startsWith(':')) parameters[part.slice(1)] = value;
    else if (part !== value) return null;
  }
  return parameters;
}

export function Link({ href, ...rest }: AnchorHTMLAttributes<HTMLAnchorElement> & { href: string }) {
  const follow = (event: MouseEvent) => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    navigate(href);
  };
  // eslint-disable-next-line jsx-a11y/anchor-has-content -- the content is in `rest`
  return <a href={href} onClick={follow} {...rest} />;
}
