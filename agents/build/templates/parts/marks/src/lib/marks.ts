import { useCallback, useEffect, useState } from 'react';
import { call } from './api';

/** Small facts about records, such as their ratings: the cards of one page ask for theirs in one request. */

type Answer = Record<string, unknown>;

const most = 100;
const changed = 'app:mark';
const waiting = new Map<string, { ids: Set<string>; answer: Promise<Answer> }>();

function ask(path: string, id: string): Promise<Answer> {
  const known = waiting.get(path);
  if (known && known.ids.size < most) {
    known.ids.add(id);
    return known.answer;
  }
  const ids = new Set([id]);
  const answer = new Promise<void>((resolve) => {
    setTimeout(resolve, 10);
  }).then(() => {
    if (waiting.get(path)?.ids === ids) waiting.delete(path);
    return call<Answer>(`${path}?ids=${[...ids].join(',')}`);
  });
  waiting.set(path, { ids, answer });
  return answer;
}

export interface Mark<T> {
  /** Undefined until the server has answered; null when it says nothing about the record. */
  value: T | null | undefined;
  /** Asks again, wherever this fact about this record is shown. */
  reload: () => void;
}

/** What `path` says about the record `id`. No path, no question. */
export function useMark<T>(path: string | null, id: string): Mark<T> {
  const [value, setValue] = useState<T | null>();
  const [round, setRound] = useState(0);
  const key = `${path} ${id}`;
  useEffect(() => {
    if (path === null) return undefined;
    let gone = false;
    ask(path, id).then((answer) => gone || setValue((answer[id] ?? null) as T | null), () => gone || setValue(null));
    const again = (event: Event) => {
      if (event instanceof CustomEvent && event.detail === key) setRound((before) => before + 1);
    };
    addEventListener(changed, again);
    return () => {
      gone = true;
      removeEventListener(changed, again);
    };
  }, [path, id, key, round]);
  return { value, reload: useCallback(() => void dispatchEvent(new CustomEvent(changed, { detail: key })), [key]) };
}
