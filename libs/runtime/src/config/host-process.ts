import type { Environment } from './environment-layer.ts';

/** The process a service runs in, as values; the one place that touches the global one. */
export interface HostProcess {
  readonly env: Environment;
  readonly argv: readonly string[];
  readonly cwd: string;
}

export function hostProcess(): HostProcess {
  return { env: process.env, argv: process.argv.slice(2), cwd: process.cwd() };
}
