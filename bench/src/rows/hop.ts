import type { Benchmark } from '../benchmark.ts';
import type { Effort } from '../effort.ts';
import { FloorBus } from '../ground/floor-bus.ts';
import type { Ground } from '../ground/ground.ts';
import type { OpenLog } from '../ground/log-database.ts';
import { PlainCommits } from '../ground/plain-commits.ts';
import { interleavedSamples, type Compared } from '../measure/interleaved.ts';
import { monotonicMs } from '../measure/monotonic.ts';
import { countTransactions } from '../measure/transactions.ts';
import { countRow, ratioRow, type Row } from '../row.ts';
import { HopMission } from '../runner/hop-mission.ts';
import { OwnerAccess } from '../runner/owner-access.ts';
import { Runners } from '../runner/runners.ts';

/** Of one mission; it has one feature more. */
const HOPS = 60;

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
      const chain = new HopChain({ ground, log, owner, runners });
      const commits = new PlainCommits(log.plain);
      const compared = await interleavedSamples(effort, {
        ours: () => chain.hopMs(),
        floor: () => floorMs(commits, bus),
      });
      return [latencyRow(compared), ...(await transactionRows(chain, effort))];
    } finally {
      await Promise.all([owner.close(), runners.stop(), bus.close(), log.close()]);
    }
  },
};

async function floorMs(commits: PlainCommits, bus: FloorBus): Promise<number> {
  const startedAt = monotonicMs();
  await commits.make(2);
  return (await bus.publish()) - startedAt;
}

function latencyRow(compared: Compared): Row {
  return ratioRow({
    name: 'hop',
    what: "committed handoff to the next run's claim in another process, p50",
    unit: 'ms',
    ours: "from the handoff's answer to the claim's",
    floor: 'two plain INSERTs and one publish to a consumer',
    compared,
    target: { bound: 'at most', value: 6 },
  });
}

/** Counted over hops of their own, with nothing else going on. */
async function transactionRows(chain: HopChain, { rounds, samples }: Effort): Promise<readonly Row[]> {
  const perHop = [];
  for (let round = 0; round < Math.min(rounds, 3); round += 1)
    perHop.push(await chain.transactionsOf(samples));
  return [
    countRow({
      name: 'hop-commits',
      what: 'commits to the log in a hop: the handoff with the next delegation, and the claim',
      unit: 'commits',
      values: perHop.map(({ appending }) => appending),
      target: { bound: 'at most', value: 2 },
    }),
    countRow({
      name: 'hop-writes',
      what: 'writing transactions of the whole server in a hop, those two among them',
      unit: 'transactions',
      values: perHop.map(({ writing }) => writing),
      notes: ['The others are sweeps and renewals of leases, which go by the clock.'],
    }),
  ];
}

interface HopParts {
  readonly ground: Ground;
  readonly log: OpenLog;
  readonly owner: OwnerAccess;
  readonly runners: Runners;
}

/** One hop after another, from mission to mission. */
class HopChain {
  #mission: HopMission | undefined;
  #done = 0;

  constructor(private readonly parts: HopParts) {}

  async hopMs(): Promise<number> {
    const { runners } = this.parts;
    const mission = await this.#current();
    const [from, to] = [mission.buildRun(this.#done), mission.buildRun(this.#done + 1)];
    this.#done += 1;
    runners.go(from);
    const [concludedAt, claimedAt] = await Promise.all([
      runners.answeredAt(from, 'ConcludeRun'),
      runners.answeredAt(to, 'ClaimRun'),
    ]);
    return claimedAt - concludedAt;
  }

  /** What so many hops write, by hop. */
  async transactionsOf(hops: number): Promise<{ readonly appending: number; readonly writing: number }> {
    const { ground } = this.parts;
    const mission = await this.#next();
    const counted = await countTransactions(ground.product.adminUrl, `mission-${mission.id}`);
    for (let n = 0; n < Math.min(hops, HOPS); n += 1) await this.hopMs();
    return counted.perHop(Math.min(hops, HOPS));
  }

  async #current(): Promise<HopMission> {
    return this.#mission && this.#done < HOPS ? this.#mission : this.#next();
  }

  async #next(): Promise<HopMission> {
    const { owner, log, runners } = this.parts;
    // A run that is held still would keep its runner from the next mission's.
    await this.#mission?.cancel();
    const mission = new HopMission(owner, log.store);
    await mission.prepare(HOPS + 1);
    await mission.begin();
    await runners.answeredAt(mission.buildRun(0), 'ClaimRun');
    this.#mission = mission;
    this.#done = 0;
    return mission;
  }
}
