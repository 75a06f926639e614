import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';

interface Asked {
  readonly servicePid: number;
  readonly workspace: string;
  readonly openFiles: number;
  readonly fileSizeBytes: number;
  readonly metadata: { readonly host: string; readonly port: number };
}

/** Tries, from a plain process of a pod, what the pod and the user must prevent, beside what must work, and prints it. */
const asked = JSON.parse(process.argv[2] ?? '') as Asked;

process.stdout.write(
  JSON.stringify({
    ids: [process.getuid?.(), process.getgid?.(), ...(process.getgroups?.() ?? [])],
    status: statusFields(['CapPrm', 'CapEff', 'CapAmb', 'NoNewPrivs']),
    ownEnvironment: attempt(() => readFileSync('/proc/self/environ', 'latin1')),
    serviceEnvironment: attempt(
      () => readFileSync(`/proc/${String(asked.servicePid)}/environ`, 'latin1').length,
    ),
    serviceMemory: attempt(() => {
      closeSync(openSync(`/proc/${String(asked.servicePid)}/mem`, 'r'));
    }),
    serviceSignal: attempt(() => process.kill(asked.servicePid, 0)),
    ownSignal: attempt(() => process.kill(process.pid, 0)),
    accountToken: attempt(
      () => readFileSync('/var/run/secrets/kubernetes.io/serviceaccount/token', 'utf8').length,
    ),
    ownFile: attempt(() => {
      writeFileSync(`${asked.workspace}/canary`, 'x');
    }),
    systemWrite: attempt(() => {
      writeFileSync('/usr/canary', 'x');
    }),
    largeFile: attempt(() => {
      writeFileSync(`${asked.workspace}/large`, Buffer.alloc(asked.fileSizeBytes + 4096));
    }),
    opened: openMany(asked.openFiles + 20),
    ownListener: await ownListener(),
    metadata: await connection(asked.metadata.host, asked.metadata.port),
  }),
);

function attempt(action: () => unknown): { done: unknown } | { errno: string } {
  try {
    return { done: action() ?? true };
  } catch (error) {
    return { errno: (error as NodeJS.ErrnoException).code ?? String(error) };
  }
}

function statusFields(names: readonly string[]): Record<string, string> {
  const status = readFileSync('/proc/self/status', 'utf8');
  return Object.fromEntries(
    names.map((name) => [name, new RegExp(`^${name}:\\s*(\\S+)`, 'm').exec(status)?.[1] ?? '']),
  );
}

function openMany(count: number): number {
  const opened: number[] = [];
  try {
    for (let index = 0; index < count; index += 1) opened.push(openSync('/dev/null', 'r'));
  } catch {
    // The limit, which is what is asked for.
  }
  for (const fd of opened) closeSync(fd);
  return opened.length;
}

function connection(host: string, port: number): Promise<string> {
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

async function ownListener(): Promise<string> {
  const server = createServer((socket) => socket.end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const outcome = await connection('127.0.0.1', (server.address() as AddressInfo).port);
  server.close();
  return outcome;
}
