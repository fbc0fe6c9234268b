import { useEffect, useState } from 'react';
import { ApiError, call, messageOf } from './api';
import { known } from './load';

const wanted = 'app:poll';

/** Lets everything that is polled ask at once. */
export const pollNow = () => void dispatchEvent(new Event(wanted));

/**
 * What the API answers at `path`, asked again after `seconds`: later and later, up to `slowest`,
 * while nothing changes or the server cannot be reached; not at all while nobody looks at the page.
 */
export function usePoll<T>(path: string | null, seconds: number, slowest = 60): { data: T | null; error: string | null } {
  const [state, setState] = useState<{ data: T | null; error: string | null }>(() => ({ data: path === null ? null : ((known.answer(path) ?? null) as T | null), error: null }));

  useEffect(() => {
    if (path === null) return undefined;
    let abort = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let wait = seconds;
    let last = '';

    async function ask(address: string) {
      clearTimeout(timer);
      abort.abort();
      const own = new AbortController();
      abort = own;
      try {
        const data = await call<T>(address, { signal: own.signal });
        const text = JSON.stringify(data);
        wait = text === last ? Math.min(wait * 1.5, slowest) : seconds;
        if (text !== last) setState({ data, error: null });
        last = text;
      } catch (error) {
        if (own.signal.aborted) return;
        wait = Math.min(wait * 2, slowest);
        last = '';
        setState(({ data }) => ({ data, error: messageOf(error) }));
        if (error instanceof ApiError && [401, 403, 404].includes(error.status)) return;
      }
      if (!own.signal.aborted && !document.hidden) timer = setTimeout(() => void ask(address), wait * 1_000);
    }

    const wake = () => {
      wait = seconds;
      if (!document.hidden) void ask(path);
    };
    document.addEventListener('visibilitychange', wake);
    addEventListener(wanted, wake);
    void ask(path);
    return () => {
      clearTimeout(timer);
      abort.abort();
      document.removeEventListener('visibilitychange', wake);
      removeEventListener(wanted, wake);
    };
  }, [path, seconds, slowest]);

  return state;
}
