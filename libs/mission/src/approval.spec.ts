import { deciderSpec } from '@missions/testing/given-when-then';
import { missionCommandSchemas, personCommands } from './commands/index.ts';
import { fact } from './events/index.ts';
import { openApprovals } from './queries.ts';
import { replied } from './testing/conclusions.ts';
import {
  approved,
  awaitingApproval,
  created,
  missionDecider,
  typesOf,
  type History,
} from './testing/history.ts';
import {
  add,
  ana,
  assertion,
  by,
  command,
  creation,
  decideService,
  workerAgent,
} from './testing/mission.builders.ts';

const given = deciderSpec(missionDecider);
const on = (history: History) => given(...history.facts);
const waiting = awaitingApproval();
const hash = waiting.mission.proposal?.hash ?? '';
const approve = command('ApprovePlan', { hash });
const reject = command('RejectPlan', { reason: 'Too large' });

describe('what people ask for', () => {
  const asks = [
    creation(),
    command('AnswerQuestion', { questionId: 'Q1', value: 'yes' }),
    approve,
    reject,
    command('DecideApproval', { approvalId: 'APR-1', decision: 'approved' }),
    command('SendMessage', { messageId: 'a', text: 'Hello' }),
    command('PauseMission', {}),
    command('ResumeMission', {}),
    command('CancelMission', {}),
    command('RaiseBudget', { maxCostUsd: 5 }),
    command('WaiveAssertion', { assertionId: add, reason: 'not needed' }),
    command('SkipFeature', { featureId: 'F-001', reason: 'not needed' }),
    command('RetryFeature', { featureId: 'F-001', reason: 'again' }),
  ];

  it('is all listed here', () =>
    expect(asks.map(({ type }) => type).sort((a, b) => a.localeCompare(b))).toEqual(
      Object.keys(personCommands).sort((a, b) => a.localeCompare(b)),
    ));

  it.each(asks.map((ask) => [ask.type, ask] as const))(
    '%s is refused to an agent and to a service',
    (_type, ask) => {
      for (const actor of [workerAgent, decideService])
        for (const history of [created(), waiting, approved()])
          on(history).when(ask, by(actor)).thenRefuses('PERSON_REQUIRED');
    },
  );
});

describe("what the mission's own service asks for", () => {
  it.each(['ReleaseRun', 'RecordLockGrant', 'RecordLockWait', 'BlockMission'] as const)(
    '%s is refused to people and agents',
    (type) => {
      const data = {
        ReleaseRun: { runId: 'm-demo1-r1', token: 3, reason: 'expired' },
        RecordLockGrant: { claimId: 'c', ledger: 'l', version: 1 },
        RecordLockWait: { claimId: 'c', resource: 'env:/a' },
        BlockMission: { cause: 'environment', detail: 'x', needs: 'y' },
      } as const;
      const asked = { type, data: missionCommandSchemas[type].parse(data[type]) } as never;
      for (const actor of [ana, workerAgent])
        on(created().claimed()).when(asked, by(actor)).thenRefuses('SERVICE_REQUIRED');
    },
  );
});

describe('approving a plan', () => {
  it('freezes the contract, names who did it, and starts the first feature', () => {
    const facts = on(waiting).when(approve, by(ana)).facts();
    expect(facts.slice(0, 3)).toEqual([
      fact('ApprovalDecided', { approvalId: 'APR-1', decision: 'approved', by: 'ana' }),
      fact('PlanApproved', { revision: 1, hash, by: 'ana', mode: 'person' }),
      fact('MilestoneStarted', { milestoneId: 'M1' }),
    ]);
    expect(approved().run).toMatchObject({ task: 'build', subject: { feature: 'F-001' } });
  });

  it('is refused when the plan read is not the plan that waits', () => {
    on(waiting)
      .when(command('ApprovePlan', { hash: 'sha256:old' }), by(ana))
      .thenRefuses('STALE_APPROVAL');
  });

  it('twice changes nothing', () => on(approved()).when(approve, by(ana)).thenNothing());

  it('is refused while none waits', () => {
    on(created()).when(approve, by(ana)).thenRefuses('NOT_AWAITING_APPROVAL');
    on(waiting.after(reject)).when(approve, by(ana)).thenRefuses('NOT_AWAITING_APPROVAL');
  });

  it('works as an approval like any other', () => {
    const decided = waiting.decided('approved');
    expect(decided.mission).toMatchObject({ status: 'running', approvedHash: hash });
    on(decided)
      .when(command('DecideApproval', { approvalId: 'APR-1', decision: 'approved' }), by(ana))
      .thenNothing();
    on(decided)
      .when(command('DecideApproval', { approvalId: 'APR-1', decision: 'rejected' }), by(ana))
      .thenRefuses('UNKNOWN_APPROVAL');
  });

  it('keeps a paused mission paused, and a blocked one blocked', () => {
    const paused = waiting.after(command('PauseMission', {})).after(approve);
    expect(paused.mission.status).toBe('paused');
    expect(paused.after(command('ResumeMission', {})).run.task).toBe('build');
    const block = command('BlockMission', { cause: 'environment', detail: 'No Git.', needs: 'Mend it.' });
    const blocked = waiting.after(block).after(approve);
    expect(blocked.mission).toMatchObject({ status: 'blocked', block: { cause: 'environment' } });
    expect(blocked.after(command('ResumeMission', {})).run.task).toBe('build');
  });
});

describe('rejecting a plan', () => {
  it('returns it to planning with the reason', () => {
    const history = waiting.after(reject);
    expect(history.last('PlanProposalReturned')).toMatchObject({ by: 'person', reasons: ['Too large'] });
    expect(history.run).toMatchObject({ task: 'plan', subject: { round: 2 } });
    expect(history.mission.status).toBe('scoping');
  });

  it('twice for the same reason changes nothing', () =>
    on(waiting.after(reject)).when(reject, by(ana)).thenNothing());

  it('does not use up the plan rounds', () => {
    let history = waiting;
    for (let n = 0; n < 4; n += 1) {
      const again = command('RejectPlan', { reason: `No ${String(n)}` });
      history = history.after(again).concluded(awaitingProposal()).done();
    }
    expect(history.mission.status).toBe('awaiting_approval');
  });

  it.each(['paused', 'blocked'] as const)(
    'while the mission is %s leads back to planning on resuming',
    (how) => {
      const stopped =
        how === 'paused'
          ? waiting.after(command('PauseMission', {}))
          : waiting.after(command('BlockMission', { cause: 'environment', detail: 'x', needs: 'y' }));
      expect(stopped.after(reject).mission.status).toBe(how);
      expect(stopped.after(reject).after(command('ResumeMission', {})).run.task).toBe('plan');
    },
  );
});

function awaitingProposal() {
  const { proposal } = waiting.mission;
  if (!proposal) throw new Error('No proposal waits.');
  const { brief, outline, milestones, features, assertions } = proposal;
  const plan = { ...outline, milestones: [...milestones], features: [...features] };
  return { kind: 'proposed' as const, brief, plan, contract: { assertions: [...assertions], protected: [] } };
}

describe('who approved beforehand', () => {
  it('with --yes is named, and so is the way', () =>
    expect(awaitingApproval({ acceptDefaults: true }).last('PlanApproved')).toMatchObject({
      by: 'ana',
      mode: 'accept_defaults',
    }));

  it('by autonomy is named, and so is the way', () =>
    expect(awaitingApproval({ autonomy: 'autonomous' }).last('PlanApproved')).toMatchObject({
      mode: 'autonomous',
    }));

  it('is asked nevertheless when the mission only reports', () =>
    expect(awaitingApproval({ autonomy: 'report_only' }).mission.status).toBe('awaiting_approval'));
});

describe('an amendment', () => {
  const talking = approved({ autonomy: 'autonomous' }).built().messaged('a').built().claimed().delivered('a');
  const stricter = assertion(add, { statement: 'Tasks are added twice as well' });
  const amended = talking.concluded(
    replied({ contract_delta: { assertions: [stricter], reason: 'asked for' } }),
  );

  it('waits for a person, also in an autonomous mission', () => {
    expect(amended.mission.block).toMatchObject({ cause: 'approval' });
    expect(openApprovals(amended.mission)).toMatchObject([{ kind: 'amendment' }]);
    expect(amended.mission.assertions[add]?.definition.statement).toBe('VAL-ADD-001 holds');
  });

  it('that is approved is numbered, replaces the definition, and has yet to be proven', () => {
    const history = amended.decided('approved');
    expect(history.last('ContractAmended')).toMatchObject({ number: 1, approvalId: 'APR-2', by: 'ana' });
    expect(history.mission.assertions[add]).toMatchObject({ definition: stricter, baseline: 'not_run' });
    expect(history.mission.assertions[add]?.verdict).toBeUndefined();
    expect(history.mission.status).toBe('running');
  });

  it('that is rejected changes nothing of the contract', () => {
    const history = amended.decided('rejected');
    expect(typesOf(history.facts)).not.toContain('ContractAmended');
    expect(history.mission).toMatchObject({ status: 'running', amendments: 0 });
  });

  it('cannot be resumed away', () => {
    on(amended).when(command('ResumeMission', {}), by(ana)).thenRefuses('APPROVAL_PENDING');
  });

  it.each([
    ['nobody fulfils', [assertion('VAL-NEW-001')], /VAL-NEW-001 is fulfilled by no feature/],
    [
      'cannot be proven',
      [assertion(add, { proof: { method: 'pty' } })],
      /names no command to run on the terminal/,
    ],
    ['is named twice', [assertion(add), assertion(add)], /is changed twice/],
  ])('with an assertion that %s is refused', (_what, assertions, message) => {
    const refusal = on(talking)
      .when(talking.conclusion(replied({ contract_delta: { assertions } })), by(ana))
      .thenRefuses('DELTA_INVALID');
    expect(refusal.message).toMatch(message);
  });

  it('cannot be proposed before a plan is approved', () => {
    const early = created().done().messaged('a').concluded(awaitingProposal()).claimed().delivered('a');
    on(early)
      .when(early.conclusion(replied({ contract_delta: { assertions: [stricter] } })), by(ana))
      .thenRefuses('DELTA_INVALID');
  });
});

describe('a waiver', () => {
  const waive = (reason: string) => command('WaiveAssertion', { assertionId: add, reason });

  it("is a person's, with a reason", () => {
    const history = approved().after(waive('not needed'));
    expect(history.mission.assertions[add]?.waived).toMatchObject({ by: 'ana', reason: 'not needed' });
  });

  it('given again changes nothing; for another reason it is refused', () => {
    const history = approved().after(waive('not needed'));
    on(history).when(waive('not needed'), by(ana)).thenNothing();
    on(history).when(waive('something else'), by(ana)).thenRefuses('ALREADY_WAIVED');
  });

  it('needs an assertion that exists', () => {
    const unknown = command('WaiveAssertion', { assertionId: 'VAL-NONE-001', reason: 'x' });
    on(approved()).when(unknown, by(ana)).thenRefuses('UNKNOWN_ASSERTION');
    on(waiting).when(waive('too early'), by(ana)).thenRefuses('UNKNOWN_ASSERTION');
  });
});
