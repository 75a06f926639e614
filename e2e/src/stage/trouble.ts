import { randomInt } from 'node:crypto';
import type { Stack } from '@missions/cli/stack';
import type { Stage } from './stage.ts';

/** A given seed is played again. */
export const seed = Number(process.env['MISSIONS_SEED'] ?? randomInt(1_000_000));

const victims = [
  'orchestrator-decide',
  'orchestrator-agents',
  'worker',
  'validator',
  'resource-lock',
  'mission-control',
] as const satisfies readonly Parameters<Stack['service']>[0][];
const DEATHS = 3;
const LONGEST_PAUSE_MS = 3_000;

/** Kills one service after the other at random moments, each when the one before it is back; answers who died. */
export async function makeTrouble(
  { stack }: Stage,
  random: () => number,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const died: string[] = [];
  while (died.length < DEATHS) {
    const pauseMs = random() * LONGEST_PAUSE_MS;
    const name = victims[Math.floor(random() * victims.length)] ?? 'worker';
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    if (signal.aborted) break;
    await stack.service(name).kill('SIGKILL');
    died.push(name);
    await stack.service(name).ready(60_000);
  }
  return died;
}

/** Also when all is well: the name of a test is shown only when it fails. */
export function saySeed(): void {
  process.stderr.write(`MISSIONS_SEED=${String(seed)} plays these deaths again\n`);
}
