import { readFile } from 'node:fs/promises';
import type { ProbeResult } from '../sandbox.ts';

/** What an admin says the pod is isolated by; anything else is not known to isolate. */
export const podRuntimes = ['gvisor', 'kata'] as const;
export type PodRuntime = (typeof podRuntimes)[number];

interface Sign {
  readonly file: string;
  readonly pattern: RegExp;
}

/** How each runtime's own kernel gives itself away: gVisor by its version, Kata's guest by how it was booted. */
const signs: Readonly<Record<PodRuntime, Sign>> = {
  gvisor: { file: '/proc/version', pattern: /gvisor|Sun Jan 10 15:06:54 PST 2016/i },
  kata: { file: '/proc/cmdline', pattern: /\bkata-containers\.target\b|\bagent\.log(_vport)?=/ },
};

/** Whether the kernel under this process is the one that the admin's word names. */
export async function runtimeVerdict(
  claimed: string | undefined,
  read: (file: string) => Promise<string> = (file) => readFile(file, 'utf8'),
): Promise<ProbeResult> {
  const name = 'isolated kernel';
  const runtime = podRuntimes.find((known) => known === claimed);
  if (!runtime) {
    const detail = `MISSIONS_SANDBOX_RUNTIME must say what isolates this pod: ${podRuntimes.join(' or ')}.`;
    return { name, ok: false, marker: undefined, detail };
  }
  const { file, pattern } = signs[runtime];
  const seen = (await read(file).catch(() => '')).trim();
  const marker = seen === '' ? undefined : `${file} is readable`;
  return { name, ok: pattern.test(seen), marker, detail: `${runtime}: ${seen.slice(0, 300)}` };
}
