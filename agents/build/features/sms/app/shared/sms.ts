import * as v from 'valibot';

/** An international number, however it was grouped. */
export const numberInput = v.object({
  phone: v.pipe(v.string('Number is required'), v.transform((text) => text.replaceAll(/[\s()./-]/g, '').replace(/^00/, '+')), v.regex(/^\+[1-9]\d{6,14}$/, 'Number must start with + and the country, as in +49 30 1234567')),
});

export const codeInput = v.object({ code: v.pipe(v.string('Code is required'), v.trim(), v.regex(/^\d{6}$/, 'Code must be six digits')) });

export interface Sms {
  phone: string | null;
  confirmed: boolean;
  simulated: boolean;
  /** What would have been sent, newest first; empty unless simulated. */
  messages: { id: string; text: string; created_at: string }[];
}
