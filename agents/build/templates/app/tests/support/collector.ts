import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Taken {
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

/** Somebody who takes signals, on this machine: keeps what comes, and answers as told. */
export class Collector {
  readonly taken: Taken[] = [];
  /** What it says when it is asked who else takes signals. */
  receivers: Record<string, string> = {};
  /** How it answers; one that does not is as good as dead. */
  answer: (response: ServerResponse) => void = (response) => response.end('{}');
  private readonly server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk)).on('end', () => {
      if (request.url?.includes('/receivers?')) {
        response.end(JSON.stringify(this.receivers));
        return;
      }
      this.taken.push({ path: request.url ?? '', headers: request.headers, body });
      this.answer(response);
    });
  });

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  get host(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  dsn(key: string, number = 1): string {
    return `http://${key}@${this.host}/${number}`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
