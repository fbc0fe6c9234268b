import process from 'node:process';

export interface Text {
  id: string;
  to: string;
  text: string;
}

/** Somebody who delivers text messages; `send` throws when it did not. */
export interface SmsProvider {
  send: (message: Text) => Promise<void>;
}

const safe = (url: URL) => url.protocol === 'https:' || url.hostname === '127.0.0.1' || url.hostname === 'localhost';

/** Who delivers; null when messages are simulated. */
export function provider(): SmsProvider | null {
  const { SMS_WEBHOOK_URL: address, SMS_WEBHOOK_TOKEN: token } = process.env;
  if (!address) return null;
  return {
    async send(message) {
      if (!URL.canParse(address) || !safe(new URL(address))) throw new Error('SMS_WEBHOOK_URL must be an address with https://');
      const response = await fetch(address, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
        body: JSON.stringify(message),
        redirect: 'error',
        signal: AbortSignal.timeout(10_000),
      });
      await response.body?.cancel();
      if (!response.ok) throw new Error(`it was answered ${response.status}`);
    },
  };
}
