import { connectBus } from '@missions/bus/nats';
import { driveRun, RunSlots, type ClaimedRun } from '@missions/runs';
import type { RunnerMessage, Serve } from './protocol.ts';
import { runnerHost } from './runner-host.ts';
import { syntheticHandoff } from './synthetic-handoff.ts';

const POLL_MS = 2_000;

/** A worker without an agent: it serves build runs as a worker's service does, and each hands off at once. */
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
    drive: (delegation, signal) => driveRun(host, delegation, handOffAtOnce, signal),
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

function handOffAtOnce(claimed: ClaimedRun): Promise<void> {
  return claimed.conclude(1, syntheticHandoff(claimed.mission, claimed.run.id));
}

function tell(message: RunnerMessage): void {
  process.send?.(message);
}

process.once('disconnect', () => {
  process.exit(0);
});
process.once('message', (request: Serve) => {
  void serve(request);
});
