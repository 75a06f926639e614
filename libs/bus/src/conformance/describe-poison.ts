import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { BusError } from '../bus-error.ts';
import type { EventHandler } from '../consumer/consumer.ts';
import type { MakeBusFixture } from './bus-fixture.ts';
import { eventually, range, recordApplied, Scene } from './scene.ts';

/** What holds of events that cannot be applied. */
export function describePoison<Rows>(name: string, makeFixture: MakeBusFixture<Rows>): void {
  describe(`poison over ${name}`, () => {
    let scene: Scene<Rows>;
    beforeEach(async () => {
      scene = new Scene(await makeFixture());
    });
    afterEach(() => scene.close());

    it('is tried a few times, rolled back each time, and then applied once', async () => {
      const tries = failing({ stream: 'mission-a', version: 2, times: 2 });
      await scene.relay();
      await scene.consumer({ handle: tries.handle });
      await scene.happened('mission-a', 4);
      await scene.untilApplied('mission-a', [1, 2, 3, 4]);
      expect(tries.count()).toBe(3);
      expect(await scene.fixture.cursors.listParked()).toEqual([]);
    });

    it('is parked after the last try; what came before it stays applied', async () => {
      const tries = failing({ stream: 'mission-a', version: 3, times: Infinity });
      await scene.relay();
      await scene.consumer({ handle: tries.handle });
      await scene.happened('mission-a', 5);
      const parked = await untilParked(scene);
      expect(parked).toMatchObject([
        { consumer: 'decide', stream: 'mission-a', version: 3, tries: 3, error: 'Error: poison' },
      ]);
      expect(await scene.applied('mission-a')).toEqual([1, 2]);
      expect(scene.problems.map(({ kind }) => kind)).toContain('parked');
    });

    it('holds up later events of its stream and no other stream', async () => {
      const tries = failing({ stream: 'mission-a', version: 1, times: Infinity });
      await scene.relay();
      await scene.consumer({ handle: tries.handle, sweeps: true });
      await scene.happened('mission-a', 1);
      await untilParked(scene);
      await scene.happened('mission-a', 3);
      await scene.happened('mission-b', 2);
      await scene.untilApplied('mission-b', [1, 2]);
      expect(await scene.applied('mission-a')).toEqual([]);
      expect(tries.count()).toBe(3);
    });

    it('is applied in its place once it is resumed, and what waited behind it', async () => {
      const tries = failing({ stream: 'mission-a', version: 2, times: 3 });
      await scene.relay();
      await scene.consumer({ handle: tries.handle, sweeps: true });
      await scene.happened('mission-a', 2);
      await untilParked(scene);
      await scene.happened('mission-a', 3);
      await scene.happened('mission-b', 1);
      await scene.untilApplied('mission-b', [1]);
      const resumed = await scene.fixture.cursors.resume('decide', 'mission-a');
      expect(resumed).toMatchObject({ stream: 'mission-a', version: 2 });
      await scene.untilApplied('mission-a', range(1, 5));
      expect(await scene.fixture.cursors.listParked()).toEqual([]);
    });

    it('is parked again when it still fails', async () => {
      const tries = failing({ stream: 'mission-a', version: 1, times: Infinity });
      await scene.relay();
      await scene.consumer({ handle: tries.handle, sweeps: true });
      await scene.happened('mission-a', 1);
      await untilParked(scene);
      await scene.fixture.cursors.resume('decide', 'mission-a');
      await eventually(() => tries.count() === 6);
      await untilParked(scene);
    });

    it('is resumed only where something is parked', async () => {
      expect(await scene.fixture.cursors.resume('decide', 'mission-a')).toBeUndefined();
    });

    it('is not what a transient fault is: that is tried without end', async () => {
      const error = new BusError('BUS_TIMEOUT', 'later');
      const tries = failing({ stream: 'mission-a', version: 1, times: 5, error });
      await scene.relay();
      await scene.consumer({ handle: tries.handle, sweeps: true });
      await scene.happened('mission-a', 2);
      await scene.untilApplied('mission-a', [1, 2]);
      expect(tries.count()).toBe(6);
      expect(await scene.fixture.cursors.listParked()).toEqual([]);
    });
  });
}

interface Failing {
  readonly stream: string;
  readonly version: number;
  readonly times: number;
  readonly error?: Error;
}

/** A handler that fails at one event so many times, after it has written already. */
function failing({ stream, version, times, error = new Error('poison') }: Failing): {
  readonly handle: EventHandler<unknown>;
  readonly count: () => number;
} {
  let count = 0;
  const handle: EventHandler<unknown> = async (event, context) => {
    await recordApplied(event, context);
    if (event.stream !== stream || event.version !== version) return;
    count += 1;
    if (count <= times) throw error;
  };
  return { handle, count: () => count };
}

async function untilParked<Rows>(scene: Scene<Rows>): Promise<readonly unknown[]> {
  await eventually(async () => (await scene.fixture.cursors.listParked('decide')).length > 0);
  return scene.fixture.cursors.listParked();
}
