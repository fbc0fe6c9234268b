import { useCallback, useEffect, useState } from 'react';
import { ApiError, call, messageOf } from './api';

export interface Loaded<T> {
  data: T | null;
  error: string | null;
  status: number | null;
  reload: () => void;
}

/** What the API answers, where a page is rendered without a browser: undefined is not known yet. */
export const known: { answer: (path: string) => unknown } = { answer: () => undefined };

type State<T> = Omit<Loaded<T>, 'reload'>;

function first<T>(path: string | null): State<T> {
  const data = path === null ? undefined : (known.answer(path) as T | undefined);
  return { data: data ?? null, error: null, status: data === undefined ? null : 200 };
}

/** What the API answers at `path`; asks again when the path changes. No path, no question. */
export function useLoad<T>(path: string | null): Loaded<T> {
  const [state, setState] = useState(() => first<T>(path));
  const [round, setRound] = useState(0);

  useEffect(() => {
    if (path === null) return undefined;
    const abort = new AbortController();
    call<T>(path, { signal: abort.signal }).then(
      (data) => setState({ data, error: null, status: 200 }),
      (error: unknown) => {
        if (abort.signal.aborted) return;
        setState({ data: null, error: messageOf(error), status: error instanceof ApiError ? error.status : null });
      },
    );
    return () => abort.abort();
  }, [path, round]);

  return { ...state, reload: useCallback(() => setRound((value) => value + 1), []) };
}
