import { jest } from '@jest/globals';
import { FailRun } from '@missions/agent';
import { StoreUnavailableError } from '@missions/event-store';
import { DomainError } from '@missions/kernel';
import { approved, created, handedOff, proposed } from '@missions/mission/testing';
import { ModelError } from '@missions/models';
import type { ClaimedRun } from './claimed-run.ts';
import { driveRun, type PerformRun } from './drive-run.ts';
import { OwnerUnreachableError } from './mission-commander.ts';
import { ModelNotConfigured, type RunHost } from './run-host.ts';
import { RunWorld, secret } from './testing/index.ts';

async function drive(
  world: RunWorld,
  perform: PerformRun,
  signal = new AbortController().signal,
): Promise<void> {
  await driveRun(world.host(), await world.delegation(), perform, signal);
}

function failing(error: Error): PerformRun {
  return () => Promise.reject(error);
}

/** The engine's own work, which ends only by its signal. */
const endless: PerformRun = ({ workSignal }: ClaimedRun) =>
  new Promise((_resolve, reject) => {
    const closed = (): void => {
      reject(new Error('The clean room was closed.'));
    };
    if (workSignal.aborted) closed();
    else workSignal.addEventListener('abort', closed);
  });

describe('a run that breaks', () => {
  it.each([
    ['a provider without a key', new ModelError('auth', 'No key.'), 'auth'],
    ['a role without a model', new ModelNotConfigured('worker'), 'auth'],
    ['a provider at its limit', new ModelError('rate_limit', 'Slow down.'), 'rate_limit'],
    ['dependencies that do not install', new DomainError('ENVIRONMENT', 'npm ci failed.'), 'sandbox'],
    ['a host without a sandbox', new DomainError('SANDBOX_UNAVAILABLE', 'No bwrap.'), 'sandbox'],
    ['a sandbox that breaks', new DomainError('SANDBOX_FAULT', 'It died.'), 'sandbox'],
    ['a base nobody has', new DomainError('BASE_UNREACHABLE', 'Gone.'), 'sandbox'],
    ['another refusal', new DomainError('WORKSPACE_NOT_EMPTY', 'Not empty.'), 'tool'],
    ['a run that says so', new FailRun('stall', 'Nothing moves.'), 'stall'],
    ['a fault of our own', new TypeError('x is not a function'), 'crash'],
  ])('fails by its cause: %s', async (_what, error, cause) => {
    const world = await RunWorld.after(approved());
    await drive(world, failing(error));
    expect(await world.last('RunEnded')).toMatchObject({ state: 'failed', cause, detail: error.message });
  });

  it('tells no secret in what went wrong', async () => {
    const world = await RunWorld.after(approved());
    await drive(world, failing(new Error(`cannot reach https://x:${secret}@host \ud83d`)));
    expect(await world.last('RunEnded')).toMatchObject({
      detail: expect.stringContaining('[redacted:KEY]') as string,
    });
  });

  it.each([
    ['the mission’s owner is away', new OwnerUnreachableError('m-1', 1, { cause: undefined })],
    ['the log is away', new StoreUnavailableError('down', { cause: undefined })],
  ])('is left to its lease when %s', async (_what, error) => {
    const world = await RunWorld.after(approved());
    await drive(world, failing(error));
    expect(await world.run()).toMatchObject({ status: 'running', claims: 1 });
  });

  it('is left to its lease when its end cannot be told, and says so', async () => {
    const world = await RunWorld.after(approved());
    world.meddle = ({ command }) => {
      if (command.type === 'ConcludeRun') throw new DomainError('BROKEN', 'Refused.');
    };
    await drive(world, failing(new Error('It broke.')));
    expect(world.warnings.at(-1)).toContain('The end of the run could not be told; its lease runs out');
  });

  it('says nothing more once somebody else holds it', async () => {
    const world = await RunWorld.after(approved());
    await drive(world, failing(new DomainError('STALE_TOKEN', 'Taken over.')));
    expect(await world.run()).toMatchObject({ status: 'running' });
    expect(world.asked.map(({ command }) => command.type)).toEqual(['ClaimRun']);
  });
});

describe('a claim', () => {
  it('that somebody else won is refused before any work', async () => {
    const world = await RunWorld.after(approved());
    const open = await world.delegation();
    await drive(world, () => Promise.resolve());
    const late = driveRun(
      world.host({ holder: 'host-2' }),
      open,
      () => Promise.reject(new Error('worked')),
      never(),
    );
    await expect(late).rejects.toMatchObject({ code: 'RUN_NOT_CLAIMABLE' });
  });

  it('whose answer came too late asks the lease itself before any work', async () => {
    const world = await RunWorld.after(approved());
    world.leasesLost = true;
    const host = world.host();
    const slow = { ...host, limits: { ...host.limits, leaseRenewMs: 0 } };
    const late = driveRun(slow, await world.delegation(), () => Promise.reject(new Error('worked')), never());
    await expect(late).rejects.toMatchObject({ code: 'RUN_NOT_CLAIMABLE' });
  });
});

function never(): AbortSignal {
  return new AbortController().signal;
}

describe('a run that is stopped from outside', () => {
  it('is released at once when the service stops', async () => {
    const world = await RunWorld.after(approved());
    const stop = new AbortController();
    await drive(
      world,
      (claimed) => {
        stop.abort();
        return endless(claimed);
      },
      stop.signal,
    );
    expect(await world.last('RunReleased')).toMatchObject({ reason: 'shutdown' });
    expect(await world.run()).toMatchObject({ status: 'released' });
  });

  it('does not wait for an owner that is away when the service stops', async () => {
    const world = await RunWorld.after(approved());
    const stop = new AbortController();
    const host = world.host();
    const limits: number[] = [];
    const away = {
      ...host,
      commander: {
        send: (...[request, options]: Parameters<typeof host.commander.send>) => {
          if (request.command.type === 'ClaimRun') return host.commander.send(request, options);
          limits.push(options.limitMs);
          return Promise.reject(new OwnerUnreachableError('m-1', options.limitMs, { cause: undefined }));
        },
      },
    };
    await driveRun(
      away,
      await world.delegation(),
      (claimed) => {
        stop.abort();
        return endless(claimed);
      },
      stop.signal,
    );
    expect(limits).toEqual([host.limits.partingMs]);
  });

  it('leaves no listener on the service behind', async () => {
    const world = await RunWorld.after(approved());
    const service = new AbortController().signal;
    const listeners = new Set<unknown>();
    const added = jest.spyOn(service, 'addEventListener').mockImplementation((_type, listener) => {
      listeners.add(listener);
    });
    jest.spyOn(service, 'removeEventListener').mockImplementation((_type, listener) => {
      listeners.delete(listener);
    });
    await drive(world, failing(new Error('It broke.')), service);
    expect(added).toHaveBeenCalledTimes(1);
    expect(listeners.size).toBe(0);
  });

  it('goes on after its conclusion, though news of the lease’s end comes before the answer', async () => {
    const world = await RunWorld.after(approved());
    let held: ClaimedRun['held'] | undefined;
    const send: RunHost['commander']['send'] = async (request, options) => {
      const reply = await world.commander.send(request, { limitMs: options.limitMs });
      if (request.command.type === 'ConcludeRun') await held?.renew();
      options.signal?.throwIfAborted();
      return reply;
    };
    let moved = false;
    const perform: PerformRun = async (claimed) => {
      held = claimed.held;
      await claimed.conclude(1, handedOff(claimed.mission));
      moved = true;
    };
    await driveRun(world.host({ commander: { send } }), await world.delegation(), perform, never());
    expect(moved).toBe(true);
  });

  it('concludes nothing when the lease was lost', async () => {
    const world = await RunWorld.after(approved());
    await drive(world, async (claimed) => {
      world.leasesLost = true;
      await claimed.held.renew();
      throw new Error('The session was closed.');
    });
    expect(world.asked.map(({ command }) => command.type)).toEqual(['ClaimRun']);
  });
});

describe('the engine’s own work, which has no turns', () => {
  it('is suspended when a pause has waited for its grace, and claimed again after the resume', async () => {
    const world = await RunWorld.after(proposed());
    const { runId } = await world.delegation();
    await drive(world, async (claimed) => {
      await world.person({ type: 'PauseMission', data: {} });
      await endless(claimed);
    });
    expect((await world.mission()).runs[runId]).toMatchObject({ status: 'suspended', task: 'baseline' });
    await world.person({ type: 'ResumeMission', data: {} });
    expect(await world.delegation()).toMatchObject({ runId });
  });

  it('may end within its grace', async () => {
    const world = await RunWorld.after(proposed());
    await drive(world, async (claimed) => {
      await world.person({ type: 'PauseMission', data: {} });
      expect(claimed.workSignal.aborted).toBe(false);
      await claimed.end({ state: 'failed', cause: 'crash' });
    });
    expect(await world.last('RunEnded')).toMatchObject({ state: 'failed' });
  });

  it('makes room for a message that interrupts it, once', async () => {
    const world = await RunWorld.after(proposed());
    await drive(world, async (claimed) => {
      const data = { messageId: 'msg-1', text: 'Wait', interrupt: true };
      await world.person({ type: 'SendMessage', data });
      await endless(claimed);
    });
    expect(await world.last('RunEnded')).toMatchObject({ state: 'superseded' });
    const talk = await world.delegation();
    expect(talk).toMatchObject({ task: 'converse' });
    await drive(world, async (claimed) => {
      expect(claimed.signal.aborted).toBe(false);
      const { id: runId, token } = claimed.run;
      await claimed.command('deliver', {
        type: 'DeliverMessages',
        data: { runId, token, messageIds: ['msg-1'], turn: 1 },
      });
      await claimed.conclude(1, { kind: 'replied', text: 'I wait no more.' });
    });
    await drive(world, async (claimed) => {
      expect(claimed.run.task).toBe('baseline');
      await claimed.held.renew();
      expect(claimed.signal.aborted).toBe(false);
      await claimed.end({ state: 'failed', cause: 'crash' });
    });
  });

  it('is cancelled with its mission', async () => {
    const world = await RunWorld.after(created());
    await drive(world, async (claimed) => {
      await world.person({ type: 'CancelMission', data: { reason: 'Enough.' } });
      await endless(claimed);
    });
    expect(await world.last('RunEnded')).toMatchObject({ state: 'cancelled' });
  });
});

describe('what a run has spent', () => {
  const budget = { maxCostUsd: 1, sliceUsd: 0.1 };

  it('beyond its slice is asked for before it is reported', async () => {
    const world = await RunWorld.after(approved({ budget }));
    await spend(world, 0.3);
    expect(await world.last('RunEnded')).toMatchObject({ usage: { costUsd: 0.3 } });
  });

  it('beyond the whole budget ends the run by budget, and the mission is charged what it has', async () => {
    const world = await RunWorld.after(approved({ budget }));
    await spend(world, 1.5);
    expect(await world.last('RunEnded')).toMatchObject({
      state: 'failed',
      cause: 'budget',
      usage: { costUsd: 1 },
      detail: expect.stringContaining('$1.5000') as string,
    });
    expect((await world.mission()).budget.settledUsd).toBeLessThanOrEqual(1);
  });
});

/** A run whose transcript says what it cost, and which then closes. */
async function spend(world: RunWorld, costUsd: number): Promise<void> {
  await drive(world, async (claimed) => {
    const { id, token } = claimed.run;
    const data = {
      turn: 1,
      reply: [{ type: 'text', text: 'done' }],
      stopReason: 'end_turn',
      usage: { input: 1, output: 1, cacheRead: 0, cacheWrite: 0 },
      costUsd,
      requestDigest: 'x',
      at: '2026-03-01T10:00:00.000Z',
    };
    await world.store.append({
      stream: `run-${id}`,
      expectedVersion: 'any',
      events: [
        {
          id: `${id}/spent`,
          schema: 1,
          type: 'TurnRecorded',
          data,
          token,
          occurredAt: data.at,
          actor: { kind: 'agent', id },
          correlationId: id,
          causationId: id,
        },
      ],
    });
    await claimed.conclude(1, { kind: 'handed_off', ...handoff });
  });
}

const handoff = {
  claim: {
    outcome: 'partial' as const,
    salientSummary: 'Half of it.',
    whatWasImplemented: [],
    whatWasLeftUndone: ['the rest'],
    assertionClaims: [],
    discoveredIssues: [],
    decisions: [],
    environmentNotes: [],
  },
  captured: { baseSha: 'b'.repeat(40), headSha: 'b'.repeat(40), filesChanged: [], commandsRun: [] },
};
