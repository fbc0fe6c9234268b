import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from 'react';
import type { User } from '../../shared/entity';
import { call, messageOf } from './api';
import { recall, remember } from './remember';
import { known as answers } from './load';

interface Session {
  user: User | null;
  /** False until the server has said who this is. */
  known: boolean;
  /** Whether somebody was signed in at the last visit: what to keep room for until it is known. */
  expected: boolean;
  error: string | null;
  setUser: (user: User | null) => void;
}

const Context = createContext<Session>({ user: null, known: false, expected: false, error: null, setUser: () => {} });

function first(): Omit<Session, 'setUser' | 'expected'> {
  const user = answers.answer('/auth/me') as User | null | undefined;
  return { user: user ?? null, known: user !== undefined, error: null };
}

export function SessionProvider({ children }: { children: ReactNode }) {
  const [state, setState] = useState(first);
  const [expected] = useState(() => recall('signed-in') !== null);

  useEffect(() => {
    call<User | null>('/auth/me').then(
      (user) => setState({ user, known: true, error: null }),
      (error: unknown) => setState({ user: null, known: true, error: messageOf(error) }),
    );
  }, []);

  useEffect(() => {
    if (state.known && !state.error) remember('signed-in', state.user ? 'yes' : null);
  }, [state]);

  const session = useMemo(() => ({ ...state, expected, setUser: (user: User | null) => setState({ user, known: true, error: null }) }), [state, expected]);
  return <Context value={session}>{children}</Context>;
}

export const useSession = () => useContext(Context);
