import type { Benchmark } from '../benchmark.ts';
import type { Effort } from '../effort.ts';
import { FloorBus } from '../ground/floor-bus.ts';
import { PlainCommits } from '../ground/plain-commits.ts';
import type { Ground } from '../ground/ground.ts';
import { interleaved, interleavedSamples, type Compared } from '../measure/interleaved.ts';
import { monotonicMs } from '../measure/monotonic.ts';
import { medianOf } from '../measure/spread.ts';
import { ratioRow, type Row } from '../row.ts';
import { PublicSender, publicSubscribers } from '../subscriber/public-sender.ts';
import type { Subscribers } from '../subscriber/subscribers.ts';

const MOST_ROUNDS = 5;

/** From an append's call to an outside subscriber of the public stream, by way of the relay in the owner's process. */
export const commitToSubscriber: Benchmark = {
  name: 'subscriber',
  run: async (ground, effort) => {
    const log = ground.product.open(1);
    const bus = await FloorBus.open(ground);
    const sender = await PublicSender.open(ground, log.store);
    const one = await publicSubscribers(ground, 1);
    try {
      const commits = new PlainCommits(log.plain);
      const compared = await interleavedSamples(effort, {
        ours: () => sender.delayTo([one]),
        floor: () => floorDelay(commits, bus),
      });
      return [row(compared), await crowdRow({ ground, effort, one, sender })];
    } finally {
      await Promise.all([one.stop(), sender.close(), bus.close(), log.close()]);
    }
  },
};

async function floorDelay(commits: PlainCommits, bus: FloorBus): Promise<number> {
  const startedAt = monotonicMs();
  await commits.make(1);
  return (await bus.publish()) - startedAt;
}

function row(compared: Compared): Row {
  return ratioRow({
    name: 'subscriber',
    what: 'commit to an outside subscriber over JetStream, p50',
    unit: 'ms',
    ours: 'from the append’s call to receipt',
    floor: 'one plain INSERT and one publish to a consumer',
    compared,
    target: { bound: 'at most', value: 8 },
  });
}

interface CrowdParts {
  readonly ground: Ground;
  readonly effort: Effort;
  readonly one: Subscribers;
  readonly sender: PublicSender;
}

/** The last of many subscribers, by the only one. */
async function crowdRow({ ground, effort, one, sender }: CrowdParts): Promise<Row> {
  const more = effort.subscribers - 1;
  const compared = await interleaved(Math.min(effort.rounds, MOST_ROUNDS), {
    ours: async () => {
      const others = await publicSubscribers(ground, more);
      const delayMs = await medianOf(effort.samples, () => sender.delayTo([one, others]));
      await others.stop();
      return delayMs;
    },
    floor: () => medianOf(effort.samples, () => sender.delayTo([one])),
  });
  const eachMs = (compared.ours.median - compared.floor.median) / more;
  return ratioRow({
    name: 'more-subscribers',
    what: `commit to the last of ${effort.subscribers} subscribers, by the only one, p50`,
    unit: 'ms',
    ours: `last of ${effort.subscribers}`,
    floor: 'the only one',
    compared,
    notes: [`One more subscriber delays the last by ${(eachMs * 1000).toFixed(0)} µs.`],
  });
}
