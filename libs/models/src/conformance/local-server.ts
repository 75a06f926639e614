import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Fault } from './fault.ts';

export interface LocalServer {
  readonly url: string;
  /** How many connections were made to it so far. */
  connections(): number;
  close(): Promise<void>;
}

/** Listens on loopback, on any free port unless one is given. */
export async function startLocalServer(
  handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
  port = 0,
): Promise<LocalServer> {
  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : undefined);
    });
  });
  let connections = 0;
  server.on('connection', () => (connections += 1));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${address.port}`,
    connections: () => connections,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => {
          if (error) reject(error);
          else resolve();
        });
        server.closeAllConnections();
      }),
  };
}

export async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    return undefined;
  }
}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

/** Clients send the key as a bearer token or, older ones, in a header of its own. */
export function keyOf(request: IncomingMessage): string | undefined {
  return request.headers.authorization?.replace(/^Bearer /, '') ?? request.headers['x-api-key']?.toString();
}

/** Aborted when the client is gone. */
export function goneSignal(response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  response.once('close', () => {
    gone.abort();
  });
  return gone.signal;
}

/** Sends the bytes of a stream, spoiled by a fault and in writes of so many bytes, so that characters and events break in the middle. */
export function sendStream(
  response: ServerResponse,
  bytes: Buffer,
  how: { readonly fault: Fault | undefined; readonly chunkBytes: number | undefined },
): void {
  const { fault, chunkBytes } = how;
  const limit = fault?.kind === 'cut' || fault?.kind === 'silence' ? fault.afterBytes : bytes.length;
  const sent = bytes.subarray(0, limit);
  const step = chunkBytes ?? sent.length;
  for (let offset = 0; offset < sent.length; offset += step)
    response.write(sent.subarray(offset, offset + step));
  if (fault?.kind === 'silence') return;
  if (fault?.kind === 'cut') {
    // Destroying at once could lose what was written; the reader must see the first bytes and then the break.
    response.write('', () => response.destroy());
    return;
  }
  response.end();
}
