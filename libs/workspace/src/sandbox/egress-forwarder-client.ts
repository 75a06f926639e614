import { DomainError } from '@missions/kernel';
import type { SandboxLimits } from '../sandbox.ts';
import { engineProcesses, type Confinement } from './confinement.ts';

/** The session has a network of its own, so this port collides only with what the session itself starts. */
export const forwarderPort = 18_118;
const startLimitMs = 10_000;

/** Starts the process that listens inside and speaks to the proxy's socket; resolves with its port once it listens; 0 takes a free one. */
export async function startForwarder(
  confinement: Confinement,
  limits: SandboxLimits,
  port: number = forwarderPort,
): Promise<number> {
  const { node, scripts, egressSocket } = confinement.paths;
  const launched = await confinement.launch({
    argv: [node, `${scripts}/egress-forwarder.js`, String(port), egressSocket],
    cwd: '/',
    env: {},
    stdin: 'none',
    view: 'network',
    processes: limits.processes + engineProcesses,
  });
  launched.stderr.resume();
  const timer = setTimeout(launched.kill, startLimitMs);
  const listens = new Promise<number | undefined>((resolve) => {
    launched.stdout.once('data', (line: Buffer) => {
      resolve(Number(line.toString()));
    });
    void launched.ended.then(() => {
      resolve(undefined);
    });
  });
  const listening = await listens;
  clearTimeout(timer);
  launched.stdout.resume();
  if (listening) return listening;
  throw new DomainError('SANDBOX_FAULT', 'The way to the egress proxy did not open.');
}
