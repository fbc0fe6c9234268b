import { useCallback, useEffect, useState } from 'react';
import { call, messageOf } from './api';
import { known } from './load';

/** One part of a long list; `next` is where the following one begins, or null. */
export interface Part<T> {
  items: T[];
  next: string | null;
}

export interface More<T> {
  items: T[] | null;
  error: string | null;
  /** Asks for the next part; null when there is none. */
  more: (() => Promise<void>) | null;
  reload: () => void;
}

/** A list that grows: `path` answers with a part, `path?before=…` with the one after it. */
export function useMore<T>(path: string): More<T> {
  const [state, setState] = useState<{ items: T[] | null; next: string | null; error: string | null }>(() => {
    const { items = null, next = null } = (known.answer(path) ?? {}) as Partial<Part<T>>;
    return { items, next, error: null };
  });
  const [round, setRound] = useState(0);

  useEffect(() => {
    const abort = new AbortController();
    call<Part<T>>(path, { signal: abort.signal }).then(
      ({ items, next }) => setState({ items, next, error: null }),
      (error: unknown) => abort.signal.aborted || setState({ items: null, next: null, error: messageOf(error) }),
    );
    return () => abort.abort();
  }, [path, round]);

  const { next } = state;
  async function more() {
    try {
      const part = await call<Part<T>>(`${path}?before=${encodeURIComponent(next ?? '')}`);
      // A second press of the button must not show the same part twice.
      setState((before) => (before.next === next ? { items: [...(before.items ?? []), ...part.items], next: part.next, error: null } : before));
    } catch (error) {
      setState((before) => ({ ...before, error: messageOf(error) }));
    }
  }

  return { items: state.items, error: state.error, more: next === null ? null : more, reload: useCallback(() => setRound((value) => value + 1), []) };
}
