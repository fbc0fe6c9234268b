import { useCallback, useEffect, useState } from 'react';
import { ApiError, call, messageOf } from './api';

export interface Loaded<T> {
  data: T | null;
  error: string | null;
  status: number | null;
  reload: () => void;
}

/** What the API answers at `path`; asks again when the path changes. No path, no question. */
export function useLoad<T>(path: string | null): Loaded<T> {
  const [state, setState] = useState<Omit<Loaded<T>, 'reload'>>({ data: null, error: null, status: null });
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
