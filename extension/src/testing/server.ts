/** A loopback HTTP server for tests of the client: what it gets is recorded, what it answers is scripted. */
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Seen {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

export type Answer = [status: number, body: unknown];

export class ScriptedServer {
  readonly seen: Seen[] = [];
  /** Answers by "METHOD /path", without the query. */
  readonly answers = new Map<string, Answer>();
  private server: Server | undefined;
  private port = 0;

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Starts listening; a second start listens where the first did. */
  start(): Promise<void> {
    this.server = createServer((incoming, outgoing) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () => {
        const { method = '', url = '', headers } = incoming;
        this.seen.push({ method, path: url, headers, body: Buffer.concat(chunks).toString('latin1') });
        const [status, body] = this.answers.get(`${method} ${url.split('?')[0] ?? ''}`) ?? [404, {}];
        outgoing.writeHead(status, { 'Content-Type': 'application/json', Connection: 'close' });
        outgoing.end(status === 204 ? undefined : JSON.stringify(body));
      });
    });
    return new Promise((resolve) => {
      this.server?.listen(this.port, '127.0.0.1', () => {
        this.port = (this.server?.address() as AddressInfo).port;
        resolve();
      });
    });
  }

  stop(): Promise<void> {
    return new Promise((resolve) => {
      if (!this.server?.listening) resolve();
      else this.server.close(() => {
        resolve();
      });
    });
  }
}
