import type { Benchmark } from '../benchmark.ts';
import type { Effort } from '../effort.ts';
import { FloorBus } from '../ground/floor-bus.ts';
import { PlainCommits } from '../ground/plain-commits.ts';
import type { Ground } from '../ground/ground.ts';
import type { OpenLog } from '../ground/log-database.ts';
import { interleaved } from '../measure/interleaved.ts';
import { monotonicMs } from '../measure/monotonic.ts';
import { median, medianOf } from '../measure/spread.ts';
import { countRow, ratioRow, type Row } from '../row.ts';
import { HopMission } from '../runner/hop-mission.ts';
import { OwnerAccess } from '../runner/owner-access.ts';
import { Runners } from '../runner/runners.ts';
import { countTransactions, type Transactions } from '../measure/transactions.ts';

/** Scope, plan and baseline come before the first build run. */
const FIRST_BUILD = 4;

/** From a handoff's commit in one process to the claim of the next run in another, through the real owner of the mission. */
export const hop: Benchmark = {
  name: 'hop',
  run: async (ground, effort) => {
    const log = ground.product.open(1);
    const [owner, runners, bus] = await Promise.all([
      OwnerAccess.open(ground),
      Runners.start(ground),
      FloorBus.open(ground),
    ]);
    try {
      return await measured({ ground, effort, log, owner, runners, bus });
    } finally {
      await Promise.all([owner.close(), runners.stop(), bus.close(), log.close()]);
    }
  },
};

interface Parts {
  readonly ground: Ground;
  readonly effort: Effort;
  readonly log: OpenLog;
  readonly owner: OwnerAccess;
  readonly runners: Runners;
  readonly bus: FloorBus;
}

async function measured(parts: Parts): Promise<readonly Row[]> {
  const { effort, log, bus } = parts;
  const perHop: Transactions[] = [];
  const commits = new PlainCommits(log.plain);
  const compared = await interleaved(Math.min(effort.rounds, 5), {
    ours: async () => {
      const { hopsMs, transactions } = await missionOfHops(parts);
      perHop.push(transactions);
      return median(hopsMs);
    },
    floor: () => medianOf(effort.samples, () => floorHop(commits, bus)),
  });
  return [
    ratioRow({
      name: 'hop',
      what: "committed handoff to the next run's claim in another process, p50",
      unit: 'ms',
      ours: 'hop',
      floor: 'two plain INSERTs and one publish to a consumer',
      compared,
      target: { bound: 'at most', value: 6 },
    }),
    ...transactionRows(perHop),
  ];
}

function transactionRows(perHop: readonly Transactions[]): readonly Row[] {
  return [
    countRow({
      name: 'hop-commits',
      what: 'commits to the log a hop takes (handoff with the next delegation, claim)',
      unit: 'commits',
      values: perHop.map(({ appending }) => appending),
      target: { bound: 'at most', value: 2 },
    }),
    countRow({
      name: 'hop-writes',
      what: 'writing transactions of the whole server in a hop',
      unit: 'transactions',
      values: perHop.map(({ writing }) => writing),
      notes: ['Beside the two: cursors of consumers and renewals of leases, off the way of the hop.'],
    }),
  ];
}

async function floorHop(commits: PlainCommits, bus: FloorBus): Promise<number> {
  const startedAt = monotonicMs();
  await commits.make(2);
  return (await bus.publish()) - startedAt;
}

async function missionOfHops({
  ground,
  effort,
  log,
  owner,
  runners,
}: Parts): Promise<{ readonly hopsMs: readonly number[]; readonly transactions: Transactions }> {
  const mission = new HopMission(owner, log.store);
  const features = effort.hops + 1;
  await mission.prepare(features);
  const counted = await countTransactions(ground.product.adminUrl, `mission-${mission.id}`);
  // The baseline's end is one commit more: nothing hands off there.
  await mission.begin();
  const hopsMs: number[] = [];
  let concludedAt: number | undefined;
  for (let n = FIRST_BUILD; n < FIRST_BUILD + features; n += 1) {
    const runId = `${mission.id}-r${n}`;
    const claimedAt = await runners.answeredAt(runId, 'ClaimRun');
    if (concludedAt !== undefined) hopsMs.push(claimedAt - concludedAt);
    concludedAt = await runners.answeredAt(runId, 'ConcludeRun');
  }
  return { hopsMs, transactions: await counted.perHop(features, 1) };
}
