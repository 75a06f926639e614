import { DomainError } from '@missions/kernel';
import type { SandboxLimits } from '../sandbox.ts';
import { engineProcesses, type Confinement } from './confinement.ts';

/** The session has a network of its own, so this port collides only with what the session itself starts. */
export const forwarderPort = 18_118;
const startLimitMs = 10_000;
const proxyUrl = `http://127.0.0.1:${String(forwarderPort)}`;

/** What common programs read to find the proxy; node needs to be told that it should. */
export const proxyEnvironment: Readonly<Record<string, string>> = {
  HTTP_PROXY: proxyUrl,
  HTTPS_PROXY: proxyUrl,
  http_proxy: proxyUrl,
  https_proxy: proxyUrl,
  NO_PROXY: 'localhost,127.0.0.1,::1',
  no_proxy: 'localhost,127.0.0.1,::1',
  NODE_USE_ENV_PROXY: '1',
};

/** Starts the process that listens inside and speaks to the proxy's socket; resolves once it listens. */
export async function startForwarder(confinement: Confinement, limits: SandboxLimits): Promise<void> {
  const { node, scripts, egressSocket } = confinement.paths;
  const launched = await confinement.launch({
    argv: [node, `${scripts}/egress-forwarder.js`, String(forwarderPort), egressSocket],
    cwd: '/',
    env: {},
    stdin: 'none',
    view: 'network',
    processes: limits.processes + engineProcesses,
  });
  launched.stderr.resume();
  const timer = setTimeout(launched.kill, startLimitMs);
  const listens = new Promise<boolean>((resolve) => {
    launched.stdout.once('data', () => {
      resolve(true);
    });
    void launched.ended.then(() => {
      resolve(false);
    });
  });
  const ready = await listens;
  clearTimeout(timer);
  launched.stdout.resume();
  if (!ready) throw new DomainError('SANDBOX_FAULT', 'The way to the egress proxy did not open.');
}
