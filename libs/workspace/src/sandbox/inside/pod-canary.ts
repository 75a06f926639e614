import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { attempt, connection, openMany, ownListener, statusFields } from './attempts.ts';

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
