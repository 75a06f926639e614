import type { Effort } from '../effort.ts';
import type { Ground } from '../ground/ground.ts';
import { Counter } from '../leases/paused/counter.ts';
import type { Crowded } from '../leases/paused/protocol.ts';
import { pause, type PausesSeen } from '../leases/pauses.ts';
import { countRow, type Row } from '../row.ts';

/** The shortest that all of them take for a lease. */
const TTL_MS = 2_000;
/** Also a lease that was renewed right before, and is looked at once a second, is over by then. */
const PAUSE_MS = 4_500;
/** Of four processes one goes on, and takes the place of those that are stopped. */
const STOPPED = 3;
const CLIENTS = 4;
const HOLD_MS = 2;

export interface PausedSystem {
  readonly name: string;
  readonly access: Crowded['access'];
  /** Whether the counter looks at the token, as everything of ours does. */
  readonly fenced: boolean;
}

/** Holders stopped in the midst of a hold for longer than their lease lives: what happens when they wake up. */
export async function pauseRow(ground: Ground, system: PausedSystem, effort: Effort): Promise<Row> {
  const { name, access, fenced } = system;
  const { adminUrl } = await ground.database(`bench_pauses_${name}`);
  const key = `repo:/paused-${name}`;
  await Counter.create(adminUrl, [key]);
  const stopped = Math.min(STOPPED, effort.contentions);
  const seen = await pause({
    crowd: {
      access,
      clients: CLIENTS,
      key,
      ttlMs: TTL_MS,
      holdMs: HOLD_MS,
      counter: { url: adminUrl, fenced },
    },
    stopped,
    pauseMs: PAUSE_MS,
    everyMs: 1_000,
  });
  return countRow({
    name: `lease-pauses-${name}`,
    what: `effects taken from a holder after those of a later one: ${(stopped + 1) * CLIENTS} clients, one key, ${HOLD_MS} ms holds, holders stopped for ${PAUSE_MS} ms with a lease of ${TTL_MS} ms`,
    unit: '',
    values: [fenced ? seen.staleAccepted + seen.tokensBack : seen.staleAccepted],
    ...(fenced && { target: { bound: 'at most', value: 0 } as const }),
    notes: [told(seen, fenced)],
  });
}

function told({ stopped, grants, refused, tokensBack }: PausesSeen, fenced: boolean): string {
  const check = fenced
    ? `the counter refused ${refused} late effects by their tokens`
    : 'nothing checks tokens there, as their clients are commonly used';
  return `${stopped} holders stopped and woken, ${grants} grants, ${tokensBack} tokens not above those before; ${check}`;
}
