import { closeSync, openSync, readFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';

/** What an action gave, or the system's word for why it did not. */
export function attempt(action: () => unknown): { done: unknown } | { errno: string } {
  try {
    return { done: action() ?? true };
  } catch (error) {
    return { errno: (error as NodeJS.ErrnoException).code ?? String(error) };
  }
}

export function statusFields(names: readonly string[]): Record<string, string> {
  const status = readFileSync('/proc/self/status', 'utf8');
  return Object.fromEntries(
    names.map((name) => [name, new RegExp(`^${name}:\\s*(\\S+)`, 'm').exec(status)?.[1] ?? '']),
  );
}

/** How many of `count` files could be open at the same time. */
export function openMany(count: number): number {
  const opened: number[] = [];
  try {
    for (let index = 0; index < count; index += 1) opened.push(openSync('/dev/null', 'r'));
  } catch {
    // The limit, which is what is asked for.
  }
  for (const fd of opened) closeSync(fd);
  return opened.length;
}

/** How a connection went: `connected`, `timeout`, or the system's error. */
export function connection(host: string, port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 2_000 });
    socket.on('connect', () => {
      socket.destroy();
      resolve('connected');
    });
    socket.on('timeout', () => {
      socket.destroy();
      resolve('timeout');
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code ?? error.message);
    });
  });
}

/** The positive marker of the network: a server of one's own answers. */
export async function ownListener(): Promise<string> {
  const server = createServer((socket) => socket.end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const outcome = await connection('127.0.0.1', (server.address() as AddressInfo).port);
  server.close();
  return outcome;
}
