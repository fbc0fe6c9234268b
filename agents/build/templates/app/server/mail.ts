import process from 'node:process';
import type { Context } from 'hono';
import { afterCommit, type Tx, withSettings } from './db';
import { newId } from './ids';

/**
 * E-mail. Every message is kept in the table app_outbox, in the transaction that it is about, and
 * administrators read it there. With MAIL_URL, MAIL_FROM and APP_URL it is delivered by SMTP after
 * the commit; without them it stays there, marked as simulated.
 */

export interface Mail {
  to: string;
  subject: string;
  text: string;
  /** Whether the text lets somebody in: it is then not kept once it is delivered. */
  secret?: boolean;
}

interface Waiting {
  id: string;
  recipient: string;
  subject: string;
  body: string;
  attempts: number;
}

const attempts = 6;

/** Where mail goes out, or null when it is simulated. Links need APP_URL: the name in a request is the sender's choice. */
function settings(): { url: string; from: string } | null {
  const { MAIL_URL: url, MAIL_FROM: from, APP_URL: app } = process.env;
  return url && from && app ? { url, from } : null;
}

export const mailIsSent = () => settings() !== null;

/** The address of a page for a link in a message. */
export function linkTo(c: Context, path: string): string {
  return new URL(path, process.env.APP_URL || new URL(c.req.url).origin).href;
}

/** Keeps the message; it is sent once the transaction is committed. */
export async function sendMail(tx: Tx, { to, subject, text, secret = false }: Mail): Promise<void> {
  const state = settings() ? 'waiting' : 'simulated';
  const row = { id: newId(), recipient: to, subject: subject.replaceAll(/[\r\n]+/g, ' '), body: text, secret, state };
  await tx`insert into app_outbox ${tx(row)}`;
  if (state === 'waiting') afterCommit(tx, () => void deliver());
}

let delivering: Promise<void> | undefined;
let asked = false;
let stopped = false;

/** Sends what waits and is due; one run at a time in this server. */
export function deliver(): Promise<void> {
  asked = true;
  delivering ??= deliverWhileAsked()
    .catch((error: unknown) => console.error('mail:', error))
    .finally(() => (delivering = undefined));
  return delivering;
}

/** Settles when nothing is being sent any more. */
export const delivered = (): Promise<void> => delivering ?? Promise.resolve();

async function deliverWhileAsked(): Promise<void> {
  while (asked) {
    asked = false;
    await deliverAll();
  }
}

async function deliverAll(): Promise<void> {
  const out = settings();
  if (!out) return;
  const { createTransport } = await import('nodemailer');
  const transport = createTransport({ url: out.url, connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 20_000 });
  try {
    for (let mail = await claim(); mail; mail = stopped ? undefined : await claim()) {
      const error = await transport
        .sendMail({ from: out.from, to: mail.recipient, subject: mail.subject, text: mail.body, messageId: `<${mail.id}@${new URL(process.env.APP_URL ?? '').hostname}>` })
        .then(() => null, (thrown: unknown) => (thrown instanceof Error ? thrown.message : String(thrown)));
      await settle(mail, error);
    }
  } finally {
    transport.close();
  }
}

/** Takes the next message for 2, 4, 8 … minutes, after which another server or a later run tries again. */
async function claim(): Promise<Waiting | undefined> {
  const [mail] = await withSettings({ role: 'system' }, (tx) => tx<Waiting[]>`
    update app_outbox set attempts = attempts + 1, next_at = now() + make_interval(mins => (2 ^ (attempts + 1))::int)
    where id = (select id from app_outbox where state = 'waiting' and next_at <= now() order by next_at limit 1 for update skip locked)
    returning id, recipient, subject, body, attempts`);
  return mail;
}

async function settle({ id, attempts: tried }: Waiting, error: string | null): Promise<void> {
  await withSettings({ role: 'system' }, (tx) => error === null
    ? tx`update app_outbox set state = 'sent', sent_at = now(), error = null, body = case when secret then '' else body end where id = ${id}`
    : tx`update app_outbox set state = ${tried >= attempts ? 'failed' : 'waiting'}, error = ${error.slice(0, 500)} where id = ${id}`);
}

/**
 * Sends what earlier attempts, or a server that ended, left behind. The function returned stops it
 * within 2 seconds; what is cut off then is sent by another server, or at the next start.
 */
export function keepDelivering(seconds = 60): () => Promise<void> {
  const { MAIL_URL: url } = process.env;
  if (url && !settings()) console.warn('E-mail is simulated: MAIL_URL also needs MAIL_FROM and APP_URL');
  const timer = setInterval(() => void deliver(), seconds * 1_000);
  timer.unref();
  if (settings()) void deliver();
  return async () => {
    clearInterval(timer);
    stopped = true;
    await Promise.race([delivering, new Promise((resolve) => setTimeout(resolve, 2_000).unref())]);
  };
}
