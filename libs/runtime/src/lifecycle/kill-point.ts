import { closeSync, openSync } from 'node:fs';

export interface KillPlan {
  /** The name of the point at which the process ends itself. */
  readonly at: string | undefined;
  /** A file that is created by the death, so that the restarted process lives on; without one it dies every time. */
  readonly marker: string | undefined;
}

let plan: KillPlan = { at: undefined, marker: undefined };

/** Tests name the step at which a service is to die; without a plan a kill point does nothing. */
export function planKill(next: KillPlan): void {
  plan = next;
}

/** A named step between two effects. Ends this process with SIGKILL if a test asked for just that, and only once. */
export function killPoint(name: string): void {
  if (plan.at !== name || !isFirstTime(plan.marker)) return;
  process.kill(process.pid, 'SIGKILL');
  // The signal is delivered asynchronously; nothing may happen between the point and the death.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10_000);
}

function isFirstTime(marker: string | undefined): boolean {
  if (marker === undefined) return true;
  try {
    closeSync(openSync(marker, 'wx'));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}
