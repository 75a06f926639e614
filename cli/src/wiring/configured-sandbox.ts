import type { MissionsConfig } from '@missions/runtime';
import type { SandboxProvider } from '@missions/workspace';
import { createSandboxProvider, prepareToolchain } from '@missions/workspace/sandbox';

export interface SandboxPlace {
  readonly stateDir: string;
  /** Its variables say what an admin says isolates this pod. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly sandbox: MissionsConfig['sandbox'];
  /** The program of bubblewrap; empty where the configured provider needs none. */
  readonly bwrap: string;
}

/** The sandbox that the services of this machine will run agents in. Refuses `none` without the word of an admin. */
export async function configuredSandbox({
  stateDir,
  env,
  sandbox,
  bwrap,
}: SandboxPlace): Promise<SandboxProvider> {
  const { provider, allowUnsandboxed, uids } = sandbox;
  const toolchain = await prepareToolchain(stateDir);
  const podRuntime = env['MISSIONS_SANDBOX_RUNTIME'];
  return createSandboxProvider({ provider, allowUnsandboxed, uids, stateDir, bwrap, toolchain, podRuntime });
}
