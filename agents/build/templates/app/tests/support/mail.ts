import { createServer, type Server } from 'node:net';
import { invitableRoles, signUpOpen } from '../../shared/app';
import { asUser, withSettings } from '../../server/db';
import { digest, newToken } from '../../server/tokens';
import { newEmail, password, person } from './client';

interface Kept {
  id: string;
  subject: string;
  body: string;
  state: string;
  attempts: number;
  error: string | null;
}

/** What the app wrote to an address, newest first. */
export const mailTo = (email: string): Promise<Kept[]> =>
  withSettings({ role: 'admin' }, async (tx) => [...(await tx<Kept[]>`select * from app_outbox where recipient = ${email} order by id desc`)]);

/** The token in the link of the newest e-mail to an address. */
export async function tokenFor(email: string): Promise<string> {
  const [mail] = await mailTo(email);
  return /[?&](?:token|invitation)=([\w-]+)/.exec(mail?.body ?? '')?.[1] ?? '';
}

/** What somebody new sends to sign up: with an invitation where accounts are by invitation. */
export async function application(email = newEmail()) {
  const input = { name: 'Ada', email, password, organisation: 'Test organisation' };
  if (signUpOpen) return input;
  const { user } = await person('admin');
  const invitation = newToken();
  const row = { token_hash: digest(invitation), email, role: invitableRoles[0]?.key ?? '', invited_by: user?.id ?? '', expires_at: new Date(Date.now() + 60_000) };
  await asUser(user, (tx) => tx`insert into app_invitations ${tx(row)}`);
  return { ...input, invitation };
}

/** A mail server that takes everything, or refuses it; `received` are the messages as they came. */
export async function mailServer({ refuses = false } = {}): Promise<{ url: string; received: string[]; server: Server }> {
  const received: string[] = [];
  const server = createServer((socket) => {
    let data: string | null = null;
    const answer = (line: string) => socket.write(`${line}\r\n`);
    answer('220 test');
    let rest = '';
    socket.on('data', (chunk) => {
      rest += chunk.toString();
      for (let end = rest.indexOf('\r\n'); end >= 0; end = rest.indexOf('\r\n')) {
        const line = rest.slice(0, end);
        rest = rest.slice(end + 2);
        if (data !== null) {
          if (line === '.') {
            received.push(data);
            data = null;
            answer('250 taken');
          } else data += `${line}\n`;
        } else if (line === 'DATA') {
          data = '';
          answer('354 go on');
        } else if (/^RCPT/i.test(line) && refuses) answer('550 nobody here');
        else if (/^QUIT/i.test(line)) socket.end('221 bye\r\n');
        else answer('250 ok');
      }
    });
    socket.on('error', () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return { url: `smtp://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`, received, server };
}
