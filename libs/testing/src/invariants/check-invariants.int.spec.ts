import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkInvariants } from './check-invariants.ts';
import type { InvariantSubject } from './evidence.ts';
import { plantedLog, type PlantedLog } from './planted/planted-log.ts';
import { COMPLETED, WORKING } from './planted/played-missions.ts';
import type { Violation } from './violation.ts';

const MISSION = `mission-${WORKING}`;
const DONE = `mission-${COMPLETED}`;

/** What is found after something was planted; the plant may answer with what else the checker is told. */
async function found(plant: (log: PlantedLog) => Promise<unknown>): Promise<readonly Violation[]> {
  await using log = await plantedLog();
  const more = await plant(log);
  return await checkInvariants({ ...log.subject, ...(more as Partial<InvariantSubject> | undefined) });
}

async function broken(plant: (log: PlantedLog) => Promise<unknown>): Promise<readonly string[]> {
  return [...new Set((await found(plant)).map(({ invariant }) => invariant))];
}

/** An event that no rule would have allowed, at the end of a stream. */
const appended = (
  stream: string,
  type: string,
  data: unknown,
  more: { actor?: string; at?: string; token?: number } = {},
) =>
  [
    `insert into event (stream, version, id, type, schema, token, meta, data, hash)
     select $1, coalesce(max(version), 0) + 1, $1 || '/planted/' || count(*), $2, 1, $3, $4, $5, '' from event where stream = $1`,
    [
      stream,
      type,
      more.token ?? null,
      JSON.stringify({
        occurredAt: more.at ?? '2026-01-01T09:00:00.000Z',
        actor: { kind: more.actor ?? 'service', id: 'planted' },
        correlationId: 'planted',
        causationId: 'planted',
      }),
      JSON.stringify(data),
    ],
  ] as const;

describe('the invariants of a clean log', () => {
  it('all hold', async () => {
    expect(await found(() => Promise.resolve())).toEqual([]);
  });

  it('also hold for what people and subscribers were told', async () => {
    const violations = await found(({ completed, working }) => {
      const sequence = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
      return Promise.resolve({
        acknowledged: [{ missionId: COMPLETED, seq: 1, commandId: `${COMPLETED}-command-1` }],
        secrets: ['not in the log'],
        received: [
          {
            name: 'ui',
            // The first one twice: at least once is what was promised.
            events: [
              ...[1, ...sequence(completed.state.version)].map((n) => ({
                missionId: COMPLETED,
                sequence: n,
              })),
              ...sequence(working.state.version).map((n) => ({ missionId: WORKING, sequence: n })),
            ],
          },
        ],
      });
    });
    expect(violations).toEqual([]);
  });
});

describe('a planted violation', () => {
  it('I1: an acknowledged command of a person without its event', async () => {
    const acknowledged = [{ missionId: COMPLETED, seq: 3, commandId: 'lost' }];
    expect(await broken(() => Promise.resolve({ acknowledged }))).toEqual(['I1']);
    expect(await broken(() => Promise.resolve({ acknowledged: [{ missionId: WORKING, seq: 999 }] }))).toEqual(
      ['I1'],
    );
  });

  it('I1: a run that was told it is concluded, and is not', async () => {
    const invariants = await broken(async ({ plant, working }) => {
      const { id, token } = working.run;
      const results = [{ callId: 'c', tool: 'hand_off', content: 'Accepted.', isError: false, closes: true }];
      await plant(...appended(`run-${id}`, 'ToolResultsRecorded', { turn: 7, results }, { token }));
    });
    expect(invariants).toEqual(['I1']);
  });

  it('I2: a changed event, and a missing one', async () => {
    expect(
      await broken(({ tamper }) =>
        tamper(
          `update event set meta = jsonb_set(meta::jsonb, '{correlationId}', '"x"') where stream = $1 and version = 3`,
          [DONE],
        ),
      ),
    ).toEqual(['I2']);
    expect(
      await broken(({ tamper }) => tamper('delete from event where stream = $1 and version = 3', [MISSION])),
    ).toContain('I2');
  });

  it('I3: a second commit of the same feature and attempt', async () => {
    const invariants = await broken(({ repository, completed }) => {
      repository.git('checkout', '--quiet', `missions/${completed.id}`);
      repository.write('again.txt', 'once more');
      repository.commit('Again\n\nMission: m-done1\nFeature: F-002\nAttempt: 1\nRun: m-done1-r5\nFence: 99');
      return Promise.resolve();
    });
    expect(invariants).toEqual(['I3']);
  });

  it('I3: a fence that goes down', async () => {
    const invariants = await broken(({ plant }) =>
      plant(
        `update event set data = jsonb_set(data::jsonb, '{token}', '1') where stream = $1 and type = 'HandoffAccepted'
         and version = (select max(version) from event where stream = $1 and type = 'HandoffAccepted')`,
        [DONE],
      ),
    );
    expect(invariants).toContain('I3');
  });

  it('I4: a second run while one is open, and a second holder', async () => {
    const delegated = {
      runId: `${WORKING}-r99`,
      role: 'worker',
      task: 'build',
      subject: { round: 1 },
      attempt: 1,
      broadcastVersions: [],
    };
    expect(await broken(({ plant }) => plant(...appended(MISSION, 'RunDelegated', delegated)))).toContain(
      'I4',
    );
    expect(
      await broken(({ plant, working }) =>
        plant(
          ...appended(MISSION, 'RunClaimed', {
            runId: working.run.id,
            holder: 'thief',
            at: '2026-01-01T09:00:00.000Z',
          }),
        ),
      ),
    ).toContain('I4');
  });

  it('I5: a turn under a stale token, and an effect under another than the holder’s', async () => {
    expect(
      await broken(({ plant, working }) =>
        plant(
          ...appended(
            `run-${working.run.id}`,
            'TurnRecorded',
            { turn: 1 },
            { token: 1, at: '2026-01-01T02:00:00.000Z' },
          ),
        ),
      ),
    ).toEqual(['I5']);
    expect(
      await broken(({ plant, working }) =>
        plant(
          ...appended(MISSION, 'HandoffAccepted', {
            runId: working.run.id,
            featureId: 'F-002',
            headSha: 'a'.repeat(40),
            token: 1,
          }),
        ),
      ),
    ).toContain('I5');
  });

  it('I6: an assertion waived by a service, an amendment nobody approved, an approval of something else', async () => {
    const waived = { assertionId: 'VAL-F001-001', by: 'me', reason: 'x', at: '2026-01-01T09:00:00.000Z' };
    expect(await broken(({ plant }) => plant(...appended(MISSION, 'AssertionWaived', waived)))).toContain(
      'I6',
    );
    const amended = { number: 1, approvalId: 'APR-9', assertions: [], by: 'me', reason: 'x' };
    expect(await broken(({ plant }) => plant(...appended(MISSION, 'ContractAmended', amended)))).toContain(
      'I6',
    );
    expect(
      await broken(({ plant }) =>
        plant(
          `update event set data = jsonb_set(data::jsonb, '{assertion,statement}', '"anything"')
           where stream = $1 and type = 'ContractAssertionProposed'`,
          [DONE],
        ),
      ),
    ).toContain('I6');
  });

  it('I7: a slice beyond the budget', async () => {
    expect(
      await broken(({ plant, working }) =>
        plant(...appended(MISSION, 'BudgetSliceGranted', { runId: working.run.id, usd: 1000 })),
      ),
    ).toContain('I7');
  });

  it('I7: a transcript that says to have cost more than there is', async () => {
    expect(
      await broken(({ plant, working }) =>
        plant(
          ...appended(`run-${working.run.id}`, 'CallAbandoned', {
            turn: 9,
            costUsd: 1000,
            usage: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 },
          }),
        ),
      ),
    ).toContain('I7');
  });

  it('I8: a run that nobody holds and nobody can claim', async () => {
    expect(await broken(({ plant }) => plant('delete from run_lease'))).toEqual(['I8']);
  });

  it('I8: a mission that stands still, or is completed with a feature open', async () => {
    expect(
      await broken(({ plant, working }) =>
        plant(
          ...appended(MISSION, 'RunEnded', {
            runId: working.run.id,
            state: 'superseded',
            usage: {
              turns: 0,
              input: 0,
              output: 0,
              cacheRead: 0,
              cacheWrite: 0,
              costUsd: 0,
              unpriced: false,
            },
            at: '2026-01-01T09:00:00.000Z',
          }),
        ),
      ),
    ).toContain('I8');
    expect(
      await broken(({ plant }) =>
        plant(...appended(MISSION, 'MissionCompleted', { headSha: 'a'.repeat(40) })),
      ),
    ).toContain('I8');
  });

  it('I9: a delegation, a lease and a card that the log does not know', async () => {
    const offered = `insert into open_delegation (run_id, mission_id, role, task) values ('${COMPLETED}-r1', '${COMPLETED}', 'worker', 'build')`;
    expect(await broken(({ plant }) => plant(offered))).toEqual(['I9']);
    expect(await broken(({ plant }) => plant('update run_lease set token = 1'))).toEqual(['I9']);
    expect(
      await broken(({ plant }) =>
        plant(`update mission_card set card = jsonb_set(card, '{status}', '"failed"')`),
      ),
    ).toEqual(['I9']);
    expect(await broken(({ plant }) => plant('update mission_card set seq = seq - 1'))).toEqual(['I9']);
  });

  it('I10: a subscriber that missed one, a parked stream, a cursor beyond the log', async () => {
    const received = [
      { name: 'ui', events: [1, 2, 4].map((sequence) => ({ missionId: COMPLETED, sequence })) },
    ];
    expect(await broken(() => Promise.resolve({ received }))).toEqual(['I10']);
    const parked = `insert into parked (consumer, stream, version, tries, error) values ('x', '${DONE}', 3, 5, 'poison')`;
    expect(await broken(({ plant }) => plant(parked))).toEqual(['I10']);
    const cursor = `insert into bus_cursor (consumer, stream, version) values ('x', '${DONE}', 999)`;
    expect(await broken(({ plant }) => plant(cursor))).toEqual(['I10']);
  });

  it('I11: a process that outlives its run', async () => {
    let stop = (): void => undefined;
    const invariants = await broken(({ subject }) => {
      const workspace = join(subject.stateDir, 'workspaces', `${COMPLETED}-r4-20`);
      mkdirSync(workspace, { recursive: true });
      const left = spawn('sleep', ['60'], { cwd: workspace, stdio: 'ignore' });
      stop = () => left.kill('SIGKILL');
      return Promise.resolve();
    }).finally(() => {
      stop();
    });
    expect(invariants).toEqual(['I11']);
    expect(await broken(() => Promise.resolve({ endedPids: [process.pid] }))).toEqual(['I11']);
  });

  it('I12: a secret in the log, in an artifact, in a commit, in a service’s log', async () => {
    const secrets = ['sk-planted-4711'];
    const inEvent = await broken(async ({ plant, working }) => {
      const data = { turn: 1, reply: [{ type: 'text', text: 'the key is sk-planted-4711' }] };
      await plant(
        ...appended(`run-${working.run.id}`, 'TurnRecorded', data, {
          token: working.run.token,
          at: '2026-01-01T02:00:00.000Z',
        }),
      );
      return { secrets };
    });
    expect(inEvent).toEqual(['I12']);
    const inArtifact = await broken(async ({ plant }) => {
      await plant(`with it as (select convert_to('sk-planted-4711', 'UTF8') as bytes), named as
        (select 'sha256:' || encode(sha256(bytes), 'hex') as digest, bytes from it), one as
        (insert into artifact (digest, media_type, size) select digest, 'text/plain', octet_length(bytes) from named returning digest)
        insert into artifact_chunk (digest, seq, bytes) select digest, 0, bytes from named`);
      return { secrets };
    });
    expect(inArtifact).toEqual(['I12']);
    const inCommit = await found(({ repository }) => {
      repository.git('checkout', '--quiet', `missions/${COMPLETED}`);
      repository.write('key.txt', 'sk-planted-4711');
      repository.commit('Oops');
      return Promise.resolve({ secrets });
    });
    expect(inCommit.map(({ invariant }) => invariant)).toContain('I12');
    const inLog = await broken(({ subject }) => {
      mkdirSync(join(subject.stateDir, 'logs'));
      writeFileSync(join(subject.stateDir, 'logs/worker.log'), 'calling with sk-planted-4711');
      return Promise.resolve({ secrets });
    });
    expect(inLog).toEqual(['I12']);
  });

  it('I13: a pass at another commit, by an agent’s word, or without its evidence', async () => {
    const change = (path: string, value: string) =>
      broken(({ plant }) =>
        plant(
          `update event set data = jsonb_set(data::jsonb, $2, $3) where stream = $1 and type = 'AssertionJudged'`,
          [DONE, path, value],
        ),
      );
    expect(await change('{targetSha}', JSON.stringify('b'.repeat(40)))).toContain('I13');
    expect(await change('{evidence}', '[]')).toEqual(['I13']);
    expect(await change('{evidence,0,artifact}', JSON.stringify(`sha256:${'0'.repeat(64)}`))).toEqual([
      'I13',
    ]);
    const word = await broken(({ plant }) =>
      plant(
        `update event set meta = jsonb_set(meta::jsonb, '{actor,kind}', '"agent"') where stream = $1 and type = 'AssertionJudged'`,
        [DONE],
      ),
    );
    expect(word).toEqual(['I13']);
  });

  it('I14: work long after a pause, a claim while paused, a fact after the end', async () => {
    const late = await broken(({ plant, working }) =>
      plant(
        ...appended(
          `run-${working.run.id}`,
          'TurnRecorded',
          { turn: 1 },
          { token: working.run.token, at: '2026-01-01T00:30:00.000Z' },
        ),
      ),
    );
    expect(late).toEqual(['I14']);
    const paused = await broken(async ({ plant, working }) => {
      await plant(...appended(MISSION, 'MissionPaused', { by: 'ana' }, { actor: 'person' }));
      await plant(
        ...appended(MISSION, 'RunClaimed', {
          runId: working.run.id,
          holder: 'x',
          at: '2026-01-01T09:00:00.000Z',
        }),
      );
    });
    expect(paused).toContain('I14');
    const after = await broken(({ plant }) =>
      plant(
        ...appended(DONE, 'BroadcastPublished', {
          version: 1,
          by: 'x',
          broadcast: { kind: 'warning', title: 'x', body: '' },
        }),
      ),
    );
    expect(after).toContain('I14');
  });
});
