import * as v from 'valibot';

const text = (title: string, longest: number) => v.pipe(v.string(`${title} is required`), v.trim(), v.minLength(1, `${title} is required`), v.maxLength(longest, `${title} must have at most ${longest} characters`));

export const contactInput = v.object({
  name: text('Name', 100),
  email: v.pipe(text('Email', 254), v.email('Email must be an e-mail address')),
  message: text('Message', 5_000),
  // People do not see this control: what fills it in is a program.
  website: v.optional(v.literal('', 'Leave this empty'), ''),
});

export interface Message {
  id: string;
  name: string;
  email: string;
  message: string;
  created_at: string;
  done_at: string | null;
}
