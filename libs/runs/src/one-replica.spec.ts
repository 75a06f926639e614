import { approved } from '@missions/mission/testing';
import { ModelError, type Model } from '@missions/models';
import { settle } from '@missions/testing';
import type { ClaimedRun } from './claimed-run.ts';
import { driveRun } from './drive-run.ts';
import { performAgentRun } from './perform-agent-run.ts';
import type { RunDesk } from './run-desk.ts';
import { RunSlots } from './run-slots.ts';
import { RunWorld } from './testing/run-world.ts';

const filter = { roles: ['worker'], tasks: ['build'], labels: [] } as const;

/** One replica with two slots, and two missions whose delegations it serves. */
class Replica {
  readonly desk: RunDesk;
  private readonly stop = new AbortController();
  readonly slots: RunSlots;
  readonly served: Promise<void>;

  constructor(worlds: readonly RunWorld[]) {
    const of = (runId: string): RunWorld => {
      const world = worlds.find(({ missionId }) => runId.startsWith(`${missionId}-`));
      if (!world) throw new Error(`Nobody knows ${runId}.`);
      return world;
    };
    this.desk = {
      openDelegations: async (asked, limit) =>
        (await Promise.all(worlds.map(({ desk }) => desk.openDelegations(asked, limit)))).flat(),
      renew: (request) => of(request.runId).desk.renew(request),
    };
    this.slots = new RunSlots({
      desk: this.desk,
      filter,
      slots: 2,
      pollMs: 20,
      drive: (delegation, signal) =>
        driveRun(of(delegation.runId).host({ desk: this.desk }), delegation, perform, signal),
      onTrouble: () => undefined,
    });
    this.served = this.slots.serve(this.stop.signal);
  }

  async stopped(): Promise<void> {
    this.stop.abort();
    await this.served;
  }
}

async function perform(claimed: ClaimedRun): Promise<void> {
  await performAgentRun(claimed, {
    system: 'Build.',
    briefing: 'F-001',
    tools: () => [],
    researchTools: [],
  });
}

/** A model whose stream never says anything, until it is told to stop. */
const silent: Model = {
  id: 'demo/silent',
  respond: (_request, options) =>
    new Promise((_, reject) => {
      options?.signal?.addEventListener('abort', () => {
        reject(options.signal?.reason as Error);
      });
    }),
};

/** A model whose reply is under way until the case lets it come to an end. */
function underWay(): {
  readonly model: Model;
  readonly begun: Promise<unknown>;
  readonly finish: () => void;
} {
  const begun = Promise.withResolvers<undefined>();
  const finished = Promise.withResolvers<undefined>();
  const model: Model = {
    id: 'demo/under-way',
    respond: async (_request, { signal } = {}) => {
      begun.resolve(undefined);
      await finished.promise;
      signal?.throwIfAborted();
      throw new ModelError('refusal', 'It ends as it would have without the other.');
    },
  };
  return {
    model,
    begun: begun.promise,
    finish: () => {
      finished.resolve(undefined);
    },
  };
}

describe('two runs of different missions on one replica', () => {
  let stuck: RunWorld;
  let busy: RunWorld;
  let replica: Replica;

  beforeEach(async () => {
    stuck = await RunWorld.after(approved({ missionId: 'm-stuck1' }));
    busy = await RunWorld.after(approved({ missionId: 'm-busy1' }));
  });
  afterEach(() => replica.stopped());

  const ended = async (world: RunWorld) =>
    Object.values((await world.mission()).runs).filter(({ task, cause }) => task === 'build' && cause);

  it('do not disturb one another: one stalls and is stopped, the other goes on as it would alone', async () => {
    stuck.model = silent;
    const other = underWay();
    busy.model = other.model;
    replica = new Replica([stuck, busy]);
    await settle(() => replica.slots.running.length === 2);
    await other.begun;
    const { id, token } = await busy.run();
    await settle(async () => (await stuck.run()).status === 'running');

    await stuck.stall();
    await settle(async () => (await ended(stuck)).length > 0);
    expect((await ended(stuck))[0]).toMatchObject({ status: 'failed', cause: 'stall' });
    expect(await busy.run()).toMatchObject({ id, token, status: 'running', claims: 1 });

    other.finish();
    await settle(async () => (await ended(busy)).length > 0);
    expect((await ended(busy))[0]).toMatchObject({ id, cause: 'refusal', claims: 1, releases: 0 });
  });

  it('get their slot back also from work that ignores its stop', async () => {
    stuck.model = { id: 'demo/deaf', respond: () => new Promise(() => undefined) };
    const other = underWay();
    busy.model = other.model;
    replica = new Replica([stuck, busy]);
    await other.begun;
    await settle(async () => (await stuck.run()).status === 'running');
    await stuck.stall();
    stuck.model = silent;
    await settle(async () => {
      const { attempt, status } = await stuck.run();
      return attempt === 2 && status === 'running';
    });
    expect((await ended(stuck))[0]).toMatchObject({ status: 'failed', cause: 'stall' });
    expect(replica.slots.running).toHaveLength(2);
    other.finish();
  });

  it('leave their slots one by one: what stalled is served again beside the other', async () => {
    stuck.model = silent;
    const other = underWay();
    busy.model = other.model;
    replica = new Replica([stuck, busy]);
    await other.begun;
    await settle(async () => (await stuck.run()).status === 'running');
    await stuck.stall();
    await settle(async () => {
      const { attempt, status } = await stuck.run();
      return attempt === 2 && status === 'running';
    });
    expect([...replica.slots.running].sort()).toEqual([(await stuck.run()).id, (await busy.run()).id].sort());
    other.finish();
  });
});
