import * as v from 'valibot';
import { pages } from './pages';

/** Where people subscribe, confirm and leave. */
export const newsletterPath = pages.find(({ kind }: { kind: string }) => kind === 'newsletter')?.path ?? '/';

export const subscribeInput = v.object({
  email: v.pipe(v.string('Email is required'), v.trim(), v.toLowerCase(), v.maxLength(254, 'Email is too long'), v.email('Email must be an e-mail address')),
});

export const tokenInput = v.object({ token: v.pipe(v.string('The link is not whole'), v.regex(/^[\w-]{20,60}$/, 'The link is not whole')) });

const text = (title: string, longest: number) => v.pipe(v.string(`${title} is required`), v.trim(), v.minLength(1, `${title} is required`), v.maxLength(longest, `${title} must have at most ${longest} characters`));

export const letterInput = v.object({ subject: text('Subject', 200), body: text('Text', 20_000) });

/** What subscribing answers: the same whether the address is known or not. */
export interface Asked {
  /** Whether e-mail is kept in the outbox instead of being sent. */
  simulated: boolean;
}

export interface Subscriber {
  id: string;
  email: string;
  confirmed_at: string | null;
  created_at: string;
}

export interface Subscribers {
  items: Subscriber[];
  total: number;
  confirmed: number;
  simulated: boolean;
}
