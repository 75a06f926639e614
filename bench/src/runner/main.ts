import { connectBus } from '@missions/bus/nats';
import { driveRun, RunSlots, type ClaimedRun } from '@missions/runs';
import { Awaited } from '../ground/awaited.ts';
import type { Go, RunnerMessage, Serve } from './protocol.ts';
import { runnerHost } from './runner-host.ts';
import { syntheticHandoff } from './synthetic-handoff.ts';

const POLL_MS = 2_000;
const LIMIT_MS = 60_000;

const gates = new Awaited<true>();

/** A worker without an agent: it serves build runs as a worker's service does, and each hands off when it is told to. */
async function serve(request: Serve): Promise<void> {
  const bus = await connectBus({
    servers: [request.natsUrl],
    name: 'worker',
    inboxPrefix: '_INBOX_worker',
    login: { nkeySeed: request.natsSeed },
  });
  const host = runnerHost({ serve: request, bus, onAnswer: tell });
  const slots = new RunSlots({
    desk: host.desk,
    filter: { roles: ['worker'], tasks: ['build'], labels: [] },
    slots: 1,
    pollMs: POLL_MS,
    drive: (delegation, signal) => driveRun(host, delegation, handOff, signal),
    onTrouble: (error) => {
      process.stderr.write(`runner: ${String(error)}\n`);
    },
  });
  bus.onPoke(({ stream }) => {
    if (stream.startsWith('mission-')) slots.wake();
  });
  tell({ kind: 'ready' });
  await slots.serve(new AbortController().signal);
}

async function handOff(claimed: ClaimedRun): Promise<void> {
  await Promise.race([gates.take(claimed.run.id, { limitMs: LIMIT_MS }), stopped(claimed.signal)]);
  await claimed.conclude(1, syntheticHandoff(claimed.mission, claimed.run.id));
}

function stopped(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const stop = (): void => {
      reject(signal.reason instanceof Error ? signal.reason : new Error('Stopped.'));
    };
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}

function tell(message: RunnerMessage): void {
  process.send?.(message);
}

process.once('disconnect', () => {
  process.exit(0);
});
process.on('message', (message: Serve | Go) => {
  if (message.kind === 'serve') void serve(message);
  else gates.add(message.runId, true);
});
