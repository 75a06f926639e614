import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ConcurrencyError, DomainError } from '@missions/kernel';
import type { Bus } from '../bus.ts';
import type { BusFixture, MakeBusFixture } from './bus-fixture.ts';
import { eventually } from './scene.ts';

const SUBJECT = 'cmd.decide.ConcludeRun';
const OPTIONS = { timeoutMs: 5_000 };

/** What holds of requests, answers and pokes on any bus. */
export function describeRequests<Rows>(name: string, makeFixture: MakeBusFixture<Rows>): void {
  describe(`requests over ${name}`, () => {
    let fixture: BusFixture<Rows>;
    let asking: Bus;
    let answering: Bus;
    beforeEach(async () => {
      fixture = await makeFixture();
      asking = await fixture.connect();
      answering = await fixture.connect();
    });
    afterEach(() => fixture.close());

    /** Asks again as long as the other side is not there yet. */
    const ask = async (payload: unknown): Promise<unknown> => {
      let outcome: { readonly answer: unknown } | undefined;
      await eventually(async () => {
        outcome = await asking.request(SUBJECT, payload, OPTIONS).then(
          (answer) => ({ answer }),
          (error: unknown) => {
            if ((error as { code?: unknown }).code === 'BUS_NO_RESPONDERS') return undefined;
            throw error;
          },
        );
        return outcome !== undefined;
      });
      return outcome?.answer;
    };

    it('are answered', async () => {
      answering.respond(SUBJECT, 'decide', (payload) => Promise.resolve({ got: payload }));
      expect(await ask({ run: 'r1' })).toEqual({ got: { run: 'r1' } });
    });

    it('may be answered with nothing', async () => {
      answering.respond(SUBJECT, 'decide', () => Promise.resolve(undefined));
      expect(await ask(undefined)).toBeNull();
    });

    it('bring a refusal back with its code and evidence', async () => {
      const refusal = new DomainError('STALE_TOKEN', 'Too late.', { token: 3 });
      answering.respond(SUBJECT, 'decide', () => Promise.reject(refusal));
      await expect(ask({})).rejects.toMatchObject({
        kind: 'refusal',
        code: 'STALE_TOKEN',
        message: 'Too late.',
        evidence: { token: 3 },
      });
    });

    it('bring a conflict back as a conflict', async () => {
      const conflict = new ConcurrencyError('mission-a', 3, 4);
      answering.respond(SUBJECT, 'decide', () => Promise.reject(conflict));
      await expect(ask({})).rejects.toMatchObject({ kind: 'conflict', expected: 3, actual: 4 });
    });

    it('bring any other failure back as a fault of the other side', async () => {
      answering.respond(SUBJECT, 'decide', () => Promise.reject(new Error('no disk')));
      await expect(ask({})).rejects.toMatchObject({ code: 'BUS_REMOTE_FAULT', transient: false });
    });

    it('fail at once when nobody listens', async () => {
      const nobody = asking.request('cmd.nobody.Anything', {}, OPTIONS);
      await expect(nobody).rejects.toMatchObject({ code: 'BUS_NO_RESPONDERS', transient: true });
    });

    it('fail when the limit has passed', async () => {
      const slow = respondSlowly(answering);
      await ask('are you up');
      const late = asking.request(SUBJECT, 'wait', { timeoutMs: 30 });
      await expect(late).rejects.toMatchObject({ code: 'BUS_TIMEOUT', transient: true });
      slow.end();
    });

    it('can be given up', async () => {
      const slow = respondSlowly(answering);
      await ask('are you up');
      const giveUp = new AbortController();
      const asked = asking.request(SUBJECT, 'wait', { ...OPTIONS, signal: giveUp.signal });
      await slow.entered;
      giveUp.abort();
      await expect(asked).rejects.toMatchObject({ code: 'BUS_ABORTED', transient: false });
      slow.end();
    });

    it('fail at once while the bus is away', async () => {
      await fixture.fail();
      await eventually(() => !asking.status().connected);
      const away = asking.request(SUBJECT, {}, OPTIONS);
      await expect(away).rejects.toMatchObject({ code: 'BUS_DISCONNECTED', transient: true });
      await fixture.recover();
    });

    it('reach one member of a queue each', async () => {
      const counts = [0, 0];
      for (const index of [0, 1]) {
        const bus = await fixture.connect();
        bus.respond(SUBJECT, 'decide', () => {
          counts[index] = (counts[index] ?? 0) + 1;
          return Promise.resolve();
        });
      }
      for (let round = 0; round < 20; round += 1) await ask({});
      expect((counts[0] ?? 0) + (counts[1] ?? 0)).toBe(20);
    });

    it('are poked past: a poke reaches everybody, and one of each group', async () => {
      const [early, counted] = [1, 2];
      const heard = { alone: [0, 0, 0], first: [0, 0, 0], second: [0, 0, 0] };
      const count = (by: number[]) => (poke: { readonly version: number }) => {
        by[poke.version] = (by[poke.version] ?? 0) + 1;
      };
      const sum = (version: number): number => (heard.first[version] ?? 0) + (heard.second[version] ?? 0);
      answering.onPoke(count(heard.alone));
      answering.onPoke(count(heard.first), { group: 'decide' });
      asking.onPoke(count(heard.second), { group: 'decide' });
      // A subscription counts from when the server knows it; those of one bus are known in order, those of two are not.
      await eventually(() => {
        asking.poke('mission-a', early);
        return (heard.alone[early] ?? 0) > 0 && sum(early) > 0;
      });
      for (let round = 0; round < 20; round += 1) asking.poke(`mission-${String(round)}`, counted);
      await eventually(() => heard.alone[counted] === 20 && sum(counted) === 20);
    });

    it('are poked past: of what is told of a stream at once, the newest version arrives', async () => {
      const heard = new Set<number>();
      answering.onPoke(({ version }) => heard.add(version));
      await eventually(() => {
        for (const version of [1, 3, 2]) asking.poke('mission-a', version);
        return heard.has(3);
      });
    });

    it('are poked past: those who stop hear nothing more, and the others go on', async () => {
      const heard = { one: 0, other: 0 };
      const one = answering.onPoke(() => (heard.one += 1));
      const other = answering.onPoke(() => (heard.other += 1));
      const pokedUntil = (holds: () => boolean): Promise<void> =>
        eventually(() => {
          asking.poke('mission-a', 1);
          return holds();
        });
      await pokedUntil(() => heard.one > 0 && heard.other > 0);
      await one.stop();
      const { one: before } = heard;
      const after = heard.other + 3;
      await pokedUntil(() => heard.other >= after);
      expect(heard.one).toBe(before);
      await other.stop();
      answering.onPoke(() => (heard.one += 1));
      await pokedUntil(() => heard.one > before);
    });

    it('never throw at those who poke, not even after the end', async () => {
      await asking.close();
      expect(() => {
        asking.poke('mission-a', 1);
      }).not.toThrow();
    });
  });
}

/** Answers at once, except `wait`: that only after `end`. */
function respondSlowly(bus: Bus): { readonly entered: Promise<void>; readonly end: () => void } {
  const entered = Promise.withResolvers<undefined>();
  const mayEnd = Promise.withResolvers<undefined>();
  bus.respond(SUBJECT, 'decide', async (payload) => {
    if (payload !== 'wait') return;
    entered.resolve(undefined);
    await mayEnd.promise;
  });
  const end = (): void => {
    mayEnd.resolve(undefined);
  };
  return { entered: entered.promise, end };
}
