import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from 'react';
import type { User } from '../../shared/entity';
import { call, messageOf } from './api';
import { known as answers } from './load';

interface Session {
  user: User | null;
  /** False until the server has said who this is. */
  known: boolean;
  error: string | null;
  setUser: (user: User | null) => void;
}

const Context = createContext<Session>({ user: null, known: false, error: null, setUser: () => {} });

function first(): Omit<Session, 'setUser'> {
  const user = answers.answer('/auth/me') as User | null | undefined;
  return { user: user ?? null, known: user !== undefined, error: null };
}

export function SessionProvider({ children }: { children: ReactNode }) {
  const [state, setState] = useState(first);

  useEffect(() => {
    call<User | null>('/auth/me').then(
      (user) => setState({ user, known: true, error: null }),
      (error: unknown) => setState({ user: null, known: true, error: messageOf(error) }),
    );
  }, []);

  const session = useMemo(() => ({ ...state, setUser: (user: User | null) => setState({ user, known: true, error: null }) }), [state]);
  return <Context value={session}>{children}</Context>;
}

export const useSession = () => useContext(Context);
