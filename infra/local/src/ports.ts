import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { SetupError } from './setup-error.ts';

const LOOPBACK = '127.0.0.1';
/**
 * Below the range from which systems take the ports of outgoing connections: a client that reconnects to a server which is
 * down would sooner or later be given the server's own port, connect to itself, and keep the server from coming back.
 */
const FIRST_PORT = 15_000;
const END_OF_PORTS = 32_000;
const PORT_TRIES = 50;
/** Whoever gets a port binds it a while later: the next one asked for here must be another. */
let given = randomInt(FIRST_PORT, END_OF_PORTS);

/** A port nobody listens on at this moment; the preferred one when it is free, else none that was given here just now. */
export async function freePort(preferred?: number): Promise<number> {
  if (preferred !== undefined && (await isPortFree(preferred))) return preferred;
  for (let tries = 0; tries < PORT_TRIES; tries += 1) {
    given = given + 1 < END_OF_PORTS ? given + 1 : FIRST_PORT;
    const port = given;
    if (await isPortFree(port)) return port;
  }
  return listenOnce(0);
}

export async function isPortFree(port: number, host = LOOPBACK): Promise<boolean> {
  return listenOnce(port, host).then(
    () => true,
    () => false,
  );
}

/** Refuses with the process that holds the port, when it may be seen, and what to do. */
export async function assertPortFree(port: number, flag: string): Promise<void> {
  if (await isPortFree(port)) return;
  const holder = portHolder(port);
  const who = holder === undefined ? 'another process' : `pid ${String(holder.pid)} (${holder.command})`;
  throw new SetupError('PORT_IN_USE', `Port ${String(port)} on ${LOOPBACK} is used by ${who}.`, {
    remedy: `Stop it or choose another port with ${flag}.`,
    evidence: { port, ...holder },
  });
}

export interface PortHolder {
  readonly pid: number;
  readonly command: string;
}

/** Who listens on a TCP port, as far as this user may see (Linux only). */
export function portHolder(port: number): PortHolder | undefined {
  if (process.platform !== 'linux') return undefined;
  const inodes = listeningInodes(port);
  const pid = pidsOnThisMachine().find((candidate) => holdsSocket(candidate, inodes));
  return pid === undefined ? undefined : { pid, command: commandOf(pid) };
}

function listenOnce(port: number, host = LOOPBACK): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ port, host, exclusive: true }, () => {
      const address = server.address();
      const bound = typeof address === 'object' && address !== null ? address.port : port;
      server.close(() => {
        resolve(bound);
      });
    });
  });
}

function listeningInodes(port: number): ReadonlySet<string> {
  const hexPort = port.toString(16).toUpperCase().padStart(4, '0');
  const lines = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((path) => readLines(path));
  const listening = lines
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[1]?.endsWith(`:${hexPort}`) === true && fields[3] === '0A');
  return new Set(listening.map((fields) => `socket:[${fields[9] ?? ''}]`));
}

function pidsOnThisMachine(): readonly number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid));
}

function holdsSocket(pid: number, inodes: ReadonlySet<string>): boolean {
  const directory = `/proc/${String(pid)}/fd`;
  try {
    return readdirSync(directory).some((fd) => inodes.has(readlinkSync(`${directory}/${fd}`)));
  } catch {
    return false;
  }
}

function commandOf(pid: number): string {
  return readLines(`/proc/${String(pid)}/comm`)[0] ?? 'unknown';
}

function readLines(path: string): readonly string[] {
  try {
    return readFileSync(path, 'utf8').split('\n');
  } catch {
    return [];
  }
}
