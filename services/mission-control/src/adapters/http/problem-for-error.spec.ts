import { BusError, type Requester } from '@missions/bus';
import { RequestingCommander } from '@missions/runs';
import { askingByName } from '../asking-by-name.ts';
import { problemForError } from './problem-for-error.ts';

const failing = (error: Error): Requester =>
  askingByName({ request: (): Promise<unknown> => Promise.reject(error) });

/** What whoever asked on the subject is told. */
async function told(subject: string, error: Error): Promise<readonly unknown[]> {
  const failed = await failing(error)
    .request(subject, {}, { timeoutMs: 1 })
    .catch((caught: unknown) => caught);
  const { status, code, detail } = problemForError(failed);
  return [status, code, detail];
}

const again = 'does not answer at the moment; try again.';

describe('a part that is away', () => {
  it.each([
    ['BUS_TIMEOUT', 'cmd.resource.state', 'resource-lock'],
    ['BUS_NO_RESPONDERS', 'cmd.mission.command', 'orchestrator-decide'],
    ['BUS_TIMEOUT', 'cmd.other.thing', 'A part of the system'],
    ['BUS_DISCONNECTED', 'cmd.resource.state', 'NATS'],
  ] as const)('with %s of %s is named: %s', async (code, subject, part) => {
    const error = new BusError(code, 'No.');
    expect(await told(subject, error)).toEqual([503, code, `${part} ${again}`]);
  });

  it.each([
    ['BUS_TIMEOUT', 'orchestrator-decide'],
    ['BUS_DISCONNECTED', 'NATS'],
  ] as const)('is named to whom gave up on a command because of %s: %s', async (code, part) => {
    const commander = new RequestingCommander(failing(new BusError(code, 'No.')));
    const actor = { kind: 'person', id: 'ana' } as const;
    const command = { type: 'PauseMission', data: {} } as const;
    const failed: unknown = await commander
      .send({ commandId: 'c-1', missionId: 'm-1', actor, command }, { limitMs: 1 })
      .catch((caught: unknown) => caught);
    expect(problemForError(failed)).toMatchObject({
      ...{ status: 503, code: 'OWNER_UNREACHABLE', detail: `${part} ${again}` },
    });
  });

  it('is no other fault: that gives nothing of itself away', async () => {
    const [status, code] = await told('cmd.resource.state', new BusError('BUS_REMOTE_FAULT', 'Its inside.'));
    expect([status, code]).toEqual([500, 'FAULT']);
  });
});
