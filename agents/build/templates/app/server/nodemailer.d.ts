/** What this app uses of nodemailer, which comes without types. */
declare module 'nodemailer' {
  export interface Message {
    from: string;
    to: string;
    subject: string;
    text: string;
    messageId: string;
  }
  export interface Transport {
    sendMail: (message: Message) => Promise<unknown>;
    close: () => void;
  }
  export function createTransport(options: { url: string; connectionTimeout: number; greetingTimeout: number; socketTimeout: number }): Transport;
}
