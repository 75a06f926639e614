import type { Requester } from '@missions/bus';
import type { MissionCommandRequest } from '@missions/contracts';
import { ConcurrencyError, DomainError } from '@missions/kernel';
import { RequestingCommander } from './mission-commander.ts';

const request: MissionCommandRequest = {
  commandId: 'c-1',
  missionId: 'm-1',
  actor: { kind: 'service', id: 'worker' },
  command: { type: 'ClaimRun', data: { runId: 'm-1-r1', holder: 'one' } },
};

const reply = {
  commandId: 'c-1',
  missionId: 'm-1',
  seq: 3,
  repeated: false,
  acceptedAt: '2026-03-01T10:00:00.000Z',
};

/** Answers the first requests as told, every later one with the last of them. */
function answering(...answers: readonly unknown[]) {
  const payloads: unknown[] = [];
  const requester: Requester = {
    request: (_subject, payload) => {
      const answer = answers[Math.min(payloads.length, answers.length - 1)];
      payloads.push(payload);
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
  };
  return { commander: new RequestingCommander(requester), payloads };
}

describe('commanding a mission over the bus', () => {
  it('repeats the same command until it is answered', async () => {
    const { commander, payloads } = answering(new Error('no responders'), new Error('time-out'), reply);
    await expect(commander.send(request, { limitMs: 5_000 })).resolves.toEqual(reply);
    expect(payloads).toEqual([request, request, request]);
  });

  it.each([
    ['a refusal', new DomainError('STALE_TOKEN', 'Taken over.')],
    ['a conflict', new ConcurrencyError('mission-m-1', 1, 2)],
  ])('takes %s for an answer', async (_what, error) => {
    const { commander, payloads } = answering(error);
    await expect(commander.send(request, { limitMs: 5_000 })).rejects.toBe(error);
    expect(payloads).toHaveLength(1);
  });

  it('says that nobody answered when its time is over, and why', async () => {
    const fault = new Error('no responders');
    const { commander } = answering(fault);
    await expect(commander.send(request, { limitMs: 120 })).rejects.toMatchObject({
      code: 'OWNER_UNREACHABLE',
      cause: fault,
    });
  });

  it('gives up at once when it is aborted, with the reason', async () => {
    const { commander } = answering(new Error('no responders'));
    const stop = new AbortController();
    const sent = commander.send(request, { limitMs: 60_000, signal: stop.signal });
    const reason = new Error('The service is stopping.');
    stop.abort(reason);
    await expect(sent).rejects.toBe(reason);
  });
});
