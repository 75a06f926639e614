import { spawn, spawnSync } from 'node:child_process';
import {
  accessSync,
  constants,
  openSync,
  closeSync,
  readdirSync,
  readFileSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { networkInterfaces } from 'node:os';
import { attempt, connection, openMany, ownListener, statusFields } from './attempts.ts';

interface Expected {
  readonly nonce: string;
  readonly hostPort: number;
  readonly hostFile: string;
  readonly workspace: string;
  readonly fileSizeBytes: number;
  readonly processes: number;
  readonly openFiles: number;
}

/** Tries, from inside, what the sandbox must prevent, beside what it must allow, and prints what happened. */
const expected = JSON.parse(process.argv[2] ?? '') as Expected;

const facts = {
  nonce: expected.nonce,
  ids: [process.getuid?.(), process.getgid?.()],
  status: statusFields([
    'CapInh',
    'CapPrm',
    'CapEff',
    'CapBnd',
    'CapAmb',
    'NoNewPrivs',
    'Seccomp',
    'Seccomp_filters',
  ]),
  environment: environmentNames(),
  firstEnvironment: attempt(() => readFileSync('/proc/1/environ', 'latin1')),
  hostFile: attempt(() => readFileSync(expected.hostFile, 'utf8')),
  hostRoot: readdirSync('/').sort(),
  ownFile: attempt(() => writeAndRead(`${expected.workspace}/canary`)),
  gitWrite: attempt(() => {
    writeFileSync(`${expected.workspace}/.git/canary`, 'x');
  }),
  systemWrite: attempt(() => {
    writeFileSync('/usr/canary', 'x');
  }),
  rootWrite: attempt(() => {
    writeFileSync('/canary', 'x');
  }),
  sysctlRead: attempt(() => readFileSync('/proc/sys/kernel/core_pattern', 'utf8').length > 0),
  sysctlWrites: ['kernel/core_pattern', 'vm/overcommit_memory', 'kernel/modprobe'].map((name) =>
    attempt(() => {
      closeSync(openSync(`/proc/sys/${name}`, 'r+'));
    }),
  ),
  inherited: inheritedDescriptors(),
  standardStreams: [0, 1, 2].every((fd) => readdirSync('/proc/self/fd').includes(String(fd))),
  processIds: readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number),
  ownPid: process.pid,
  spawnWorks: spawnSync('true').status,
  userNamespace: spawnSync('unshare', ['--user', 'true']).status,
  unshareExists: attempt(() => {
    accessSync('/usr/bin/unshare', constants.X_OK);
  }),
  interfaces: Object.keys(networkInterfaces()),
  hostListener: await connection('127.0.0.1', expected.hostPort),
  ownListener: await ownListener(),
  tmpBytes: tmpSize(),
  smallFile: attempt(() => {
    writeFileSync('/tmp/small', Buffer.alloc(1024));
  }),
  largeFile: attempt(() => {
    writeFileSync('/tmp/large', Buffer.alloc(expected.fileSizeBytes + 4096));
  }),
  opened: openMany(expected.openFiles + 20),
  cpuSec: processorLimit(),
  started: await startMany(expected.processes + 20),
};

process.stdout.write(JSON.stringify(facts));

function writeAndRead(path: string): string {
  writeFileSync(path, expected.nonce);
  return readFileSync(path, 'utf8');
}

function environmentNames(): string[] {
  const pairs = readFileSync('/proc/self/environ', 'utf8').split('\0').filter(Boolean);
  return pairs.map((pair) => pair.split('=')[0] ?? '').sort();
}

/** Node opens its own descriptors close-on-exec; one without that came from outside. */
function inheritedDescriptors(): string[] {
  return readdirSync('/proc/self/fd').filter((fd) => {
    if (Number(fd) <= 2) return false;
    const flags = attempt(
      () => /^flags:\s*([0-7]+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1],
    );
    return 'done' in flags && (Number.parseInt(String(flags.done), 8) & 0o2000000) === 0;
  });
}

function tmpSize(): number {
  const { blocks, bsize } = statfsSync('/tmp');
  return blocks * bsize;
}

function processorLimit(): string {
  return /^Max cpu time\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1] ?? '';
}

/** How many of `count` processes could be started at the same time. */
async function startMany(count: number): Promise<number> {
  const children = Array.from({ length: count }, () => {
    try {
      return spawn('sleep', ['30'], { stdio: 'ignore' });
    } catch {
      return undefined;
    }
  });
  for (const child of children) child?.on('error', () => undefined);
  await new Promise((resolve) => setImmediate(resolve));
  const started = children.filter((child) => child?.pid !== undefined);
  for (const child of started) child?.kill('SIGKILL');
  return started.length;
}
