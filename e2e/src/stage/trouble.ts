import { randomInt } from 'node:crypto';
import type { Stage } from './stage.ts';

/** A given seed is played again. */
export const seed = Number(process.env['MISSIONS_SEED'] ?? randomInt(1_000_000));

const DEATHS = 3;
const LONGEST_PAUSE_MS = 3_000;

/** Kills one process after the other at random moments, each when the one before it is back; answers which. */
export async function makeTrouble(
  { stack }: Stage,
  random: () => number,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const victims = [...stack.services.values()];
  const died: string[] = [];
  while (died.length < DEATHS) {
    const pauseMs = random() * LONGEST_PAUSE_MS;
    const victim = victims[Math.floor(random() * victims.length)];
    if (!victim) throw new Error('Nothing runs that could die.');
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    if (signal.aborted) break;
    await victim.kill('SIGKILL');
    died.push(victim.name);
    await victim.ready(60_000);
  }
  return died;
}

/** Also when all is well: the name of a test is shown only when it fails. */
export function saySeed(): void {
  process.stderr.write(`MISSIONS_SEED=${String(seed)} plays these deaths again\n`);
}
