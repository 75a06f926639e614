import { delay } from '@missions/kernel';
import { monotonicMs } from '../../measure/monotonic.ts';
import type { LeaseClient, LeaseSystem } from '../lease-system.ts';
import { openPeer } from '../peer-leases.ts';
import { serviceLeases } from '../service-leases.ts';
import { Counter } from './counter.ts';
import type { Crowded, Told } from './protocol.ts';

const againMs = 100;
const startedAt = monotonicMs();
let hasStopped = false;

/** A process that can be stopped: in the midst of a hold it stops itself, and goes on as if no time had passed. */
async function crowd(asked: Crowded): Promise<void> {
  const { access, clients, counter: place } = asked;
  const system = 'program' in access ? await openPeer(access) : serviceLeases(access);
  for (let n = 1; n <= clients; n += 1) void drive(asked, { system, counter: await Counter.open(place), n });
}

interface Driven {
  readonly system: Pick<LeaseSystem, 'client'>;
  readonly counter: Counter;
  readonly n: number;
}

/** A client whose session did not survive the stop is replaced by a new one. */
async function drive(asked: Crowded, { system, counter, n }: Driven): Promise<never> {
  for (let session = 1; ; session += 1) {
    const client = await system.client(`${asked.name}-${n}-${session}`, asked.ttlMs);
    try {
      for (;;) await hold(client, asked, counter);
    } catch {
      await client.close().catch(() => undefined);
      await delay(againMs);
    }
  }
}

async function hold(
  client: LeaseClient,
  { key, holdMs, stopAfterMs = Infinity }: Crowded,
  counter: Counter,
): Promise<void> {
  const askedAt = monotonicMs();
  const token = await client.acquire(key);
  const heldAt = monotonicMs();
  if (!hasStopped && heldAt - startedAt > stopAfterMs) await stopHere(token);
  await delay(holdMs);
  const counted = await counter.count(key, token);
  tell({ kind: 'held', hold: { token, askedAt, heldAt, counted } });
  // After a stop the lease is over, and some systems say so.
  await client.release(key, token).catch(() => undefined);
}

async function stopHere(token: number): Promise<void> {
  hasStopped = true;
  await new Promise<void>((resolve) => {
    process.send?.({ kind: 'stopping', pid: process.pid, token } satisfies Told, () => {
      resolve();
    });
  });
  process.kill(process.pid, 'SIGSTOP');
}

// A parent that has seen enough is gone before this process knows it.
function tell(told: Told): void {
  if (process.connected) process.send?.(told, () => undefined);
}

process.once('disconnect', () => {
  process.exit(0);
});
process.once('message', (asked: Crowded) => {
  void crowd(asked);
});
