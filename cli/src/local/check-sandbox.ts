import { installedTool } from '@missions/local';
import type { MissionsConfig } from '@missions/runtime';
import type { SandboxPlace } from '../wiring/configured-sandbox.ts';
import { probeSandbox } from '../wiring/probe-sandbox.ts';
import type { Check, Examination } from './check.ts';

type Sandbox = MissionsConfig['sandbox'];

const fixes: Readonly<Record<Sandbox['provider'], string>> = {
  auto: 'allow user namespaces for the user of the services',
  bubblewrap: 'allow user namespaces for the user of the services',
  external:
    'run it in a pod that is a sandbox and name its runtime in MISSIONS_SANDBOX_RUNTIME, or choose another sandbox.provider',
  none: 'choose another sandbox.provider, or say sandbox.allowUnsandboxed as an admin',
};

/** Bubblewrap is there, or the configured provider does without it. */
export function needsBubblewrap({ provider }: Sandbox): boolean {
  return provider === 'auto' || provider === 'bubblewrap';
}

/** Where sandboxes are made; undefined while the program that makes them is missing. */
export function sandboxPlace(
  { stateDir, env }: Pick<Examination, 'stateDir' | 'env'>,
  sandbox: Sandbox,
): SandboxPlace | undefined {
  const bwrap = needsBubblewrap(sandbox) ? installedTool('bwrap', { stateDir }) : '';
  return bwrap === undefined ? undefined : { stateDir, env, sandbox, bwrap };
}

/** The sandbox that is configured, and no other. Fails closed: without one that holds, no agent runs, unless an admin said so. */
export async function checkSandbox(given: Examination, sandbox: Sandbox): Promise<Check> {
  const name = 'sandbox';
  const place = sandboxPlace(given, sandbox);
  if (place === undefined) return { name, ok: false, optional: true, detail: 'not tried: bwrap is missing' };
  const fix = fixes[sandbox.provider];
  try {
    const { ok, unsandboxed, probes } = await probeSandbox(place, given.signal);
    if (unsandboxed)
      return { name, ok: false, optional: true, detail: probes.map(({ detail }) => detail).join(' ') };
    const failed = probes.filter((probe) => !probe.ok).map((probe) => `${probe.name} (${probe.detail})`);
    if (ok) return { name, ok, optional: false, detail: `${String(probes.length)} probes hold` };
    return { name, ok, optional: false, detail: `does not hold: ${failed.join('; ')}`, fix };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return { name, ok: false, optional: false, detail, fix };
  }
}
