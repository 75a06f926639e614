import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { delay } from '@missions/kernel';
import { freePort } from '@missions/local';
import { etcdProgram, redisProgram, startProgram, stopProgram } from '../peers/debian-server.ts';
import { peersDirectory } from '../peers/install-peers.ts';
import type { LeaseSystem } from './lease-system.ts';

const READY_MS = 30_000;

/** How a process of the bench reaches a peer. */
export interface PeerAccess {
  readonly program: 'etcd-leases.mjs' | 'redlock-leases.mjs';
  readonly options: Readonly<Record<string, string | number | boolean>>;
}

export interface PeerServer {
  readonly access: PeerAccess;
  readonly stop: () => Promise<void>;
}

export interface PeerPlace {
  readonly tools: string;
  readonly directory: string;
}

/** The client of a peer, from the peers' own packages. */
export async function openPeer({ program, options }: PeerAccess): Promise<Pick<LeaseSystem, 'client'>> {
  const loaded = (await import(pathToFileURL(join(peersDirectory, program)).href)) as {
    readonly open: (options: PeerAccess['options']) => Promise<Pick<LeaseSystem, 'client'>>;
  };
  return loaded.open(options);
}

/** One node with its defaults: each write is synced before it is answered. */
export async function startEtcd({ tools, directory }: PeerPlace): Promise<PeerServer> {
  const [port, peerPort] = [await freePort(), await freePort()];
  const [url, peerUrl] = [`http://127.0.0.1:${port}`, `http://127.0.0.1:${peerPort}`];
  const serverName = `bench-${randomUUID()}`;
  const child = startProgram(etcdProgram, tools, [
    ...['--name', serverName, '--data-dir', join(directory, 'etcd')],
    ...['--listen-client-urls', url, '--advertise-client-urls', url],
    ...['--listen-peer-urls', peerUrl, '--initial-advertise-peer-urls', peerUrl],
    ...['--initial-cluster', `${serverName}=${peerUrl}`, '--logger', 'zap', '--log-level', 'error'],
  ]);
  const access: PeerAccess = { program: 'etcd-leases.mjs', options: { url, serverName } };
  return ready(child, port, access);
}

/** An append-only file that is synced before a write is answered. */
export async function startRedis({ tools, directory }: PeerPlace): Promise<PeerServer> {
  const port = await freePort();
  const files = join(directory, 'redis');
  mkdirSync(files, { recursive: true });
  const child = startProgram(redisProgram, tools, [
    ...['--port', String(port), '--bind', '127.0.0.1', '--dir', files, '--save', ''],
    ...['--appendonly', 'yes', '--appendfsync', 'always'],
  ]);
  const options = { url: `redis://127.0.0.1:${port}`, pid: child.pid ?? 0 };
  return ready(child, port, { program: 'redlock-leases.mjs', options });
}

async function ready(child: ChildProcess, port: number, access: PeerAccess): Promise<PeerServer> {
  const server = { access, stop: () => stopProgram(child) };
  try {
    const limit = AbortSignal.timeout(READY_MS);
    while (!(await answers(port))) {
      if (child.exitCode !== null) throw new Error(`A peer's server ended with ${child.exitCode}.`);
      await delay(100, limit);
    }
    return server;
  } catch (error) {
    await server.stop();
    throw error;
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    const tell = (answer: boolean) => (): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', tell(true)).once('error', tell(false));
  });
}
