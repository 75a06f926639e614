import type { Poke, PokeSource } from '@missions/bus';
import { settle } from '@missions/testing';
import { HeldRun, type StopCause } from './held-run.ts';
import type { Renewal, RunDesk, RunOutlook, RunProgress } from './run-desk.ts';

const runId = 'm-held-r1';

interface Desk {
  readonly desk: RunDesk;
  answer: Renewal | Error;
  renewals: number;
  last:
    { readonly progress: RunProgress; readonly moves?: number; readonly outlook?: RunOutlook } | undefined;
}

function fakeDesk(): Desk {
  const state: Desk = {
    answer: { held: true, wanted: 'go', pendingMessages: 0 },
    renewals: 0,
    last: undefined,
    desk: {
      openDelegations: () => Promise.resolve([]),
      renew: (request) => {
        state.renewals += 1;
        state.last = request;
        return state.answer instanceof Error ? Promise.reject(state.answer) : Promise.resolve(state.answer);
      },
    },
  };
  return state;
}

function fakePokes(): { readonly source: PokeSource; readonly poke: (poke: Poke) => void } {
  const handlers = new Set<(poke: Poke) => void>();
  return {
    poke: (poke) => {
      for (const handler of handlers) handler(poke);
    },
    source: {
      onPoke: (handler) => {
        handlers.add(handler);
        return {
          stop: () => {
            handlers.delete(handler);
            return Promise.resolve();
          },
        };
      },
    },
  };
}

function hold(desk: Desk, pokes = fakePokes(), ttlMs = 60_000, renewMs = 20_000) {
  const stops: StopCause[] = [];
  const held = new HeldRun({ runId, token: 7, desk: desk.desk, pokes: pokes.source, ttlMs, renewMs });
  const { promise, resolve } = Promise.withResolvers<StopCause>();
  held.onStop = (cause) => {
    stops.push(cause);
    resolve(cause);
  };
  return { held, stops, stopped: promise };
}

describe('holding a run', () => {
  it('hears at once what a change of its mission wants, and of no other mission', async () => {
    const desk = fakeDesk();
    const pokes = fakePokes();
    const { held } = hold(desk, pokes);
    desk.answer = { held: true, wanted: 'pause', pendingMessages: 2 };
    pokes.poke({ stream: 'mission-m-other', version: 1 });
    expect(desk.renewals).toBe(0);
    pokes.poke({ stream: 'mission-m-held', version: 9 });
    await held.renew();
    expect(held.wanted).toBe('pause');
    expect(held.pendingMessages).toBe(2);
    await held.close();
  });

  it.each([
    ['stop_cancel', 'cancel'],
    ['stop_interrupt', 'interrupt'],
    ['stop_stall', 'stall'],
  ] as const)('stops in the middle when the mission wants %s', async (wanted, cause) => {
    const desk = fakeDesk();
    const { held, stopped } = hold(desk);
    desk.answer = { held: true, wanted, pendingMessages: 0 };
    await held.renew();
    expect(await stopped).toBe(cause);
    await held.close();
  });

  it('says with each renewal how often something moved, and what may be silent for how long', async () => {
    const desk = fakeDesk();
    const { held } = hold(desk);
    await held.renew();
    expect(desk.last).toMatchObject({ moves: 0 });
    held.show({ turn: 1, lastLine: 'bash npm test', quietMs: 600_000 });
    await held.renew();
    expect(desk.last).toMatchObject({ moves: 1, progress: { quietMs: 600_000 } });
    held.show({ lastLine: 'bash npm test: ok 1' });
    await held.renew();
    expect(desk.last).toMatchObject({ moves: 2, progress: { turn: 1, quietMs: 0 } });
    await held.renew();
    expect(desk.last).toMatchObject({ moves: 2 });
    await held.close();
  });

  it('says what its negotiator goes by, which is no move', async () => {
    const desk = fakeDesk();
    const { held } = hold(desk);
    await held.renew();
    expect(desk.last?.outlook).toEqual({});
    held.foresee({ touched: ['a.ts'] });
    held.foresee({ turnEndsAtMs: performance.now() + 60_000 });
    await held.renew();
    expect(desk.last).toMatchObject({ moves: 0, outlook: { touched: ['a.ts'] } });
    expect(desk.last?.outlook?.nextCheckpointInMs).toBeGreaterThan(50_000);
    held.foresee({ turnEndsAtMs: 0 });
    await held.renew();
    expect(desk.last?.outlook?.nextCheckpointInMs).toBe(0);
    await held.close();
  });

  it('says at once what the run has changed, and again only when that is something else', async () => {
    const answer = Promise.withResolvers<Renewal>();
    const said: unknown[] = [];
    const renew: RunDesk['renew'] = ({ outlook }) => {
      said.push(outlook?.touched);
      return answer.promise;
    };
    const desk = fakeDesk();
    const { held } = hold({ ...desk, desk: { ...desk.desk, renew } });
    held.foresee({ touched: ['a.ts'] });
    await settle(() => said.length === 1);
    held.foresee({ touched: ['a.ts', 'b.ts'] });
    answer.resolve({ held: true, wanted: 'go', pendingMessages: 0 });
    await settle(() => said.length === 2);
    held.foresee({ touched: ['a.ts', 'b.ts'] });
    held.foresee({ turnEndsAtMs: 0 });
    await held.renew();
    expect(said).toEqual([['a.ts'], ['a.ts', 'b.ts'], ['a.ts', 'b.ts']]);
    await held.close();
  });

  it('is lost when somebody else holds the run, and says so once', async () => {
    const desk = fakeDesk();
    const { held, stops } = hold(desk);
    desk.answer = { held: false };
    await held.renew();
    await held.renew();
    expect(stops).toEqual(['lost']);
    await held.close();
  });

  it('lets go by its own clock before the lease runs out when no renewal comes through', async () => {
    const desk = fakeDesk();
    desk.answer = new Error('the database is away');
    const begun = performance.now();
    const { held, stopped } = hold(desk, fakePokes(), 300, 50);
    expect(await stopped).toBe('lost');
    expect(performance.now() - begun).toBeGreaterThan(200);
    expect(desk.renewals).toBeGreaterThan(1);
    await held.close();
  });

  it('renews no more once it is closed', async () => {
    const desk = fakeDesk();
    const pokes = fakePokes();
    const { held } = hold(desk, pokes);
    await held.close();
    pokes.poke({ stream: 'mission-m-held', version: 9 });
    await held.renew();
    expect(desk.renewals).toBe(0);
  });
});
