import { deciderSpec } from '@missions/testing/given-when-then';
import { checkProposal } from './proposal-checks.ts';
import { baselined } from './testing/conclusions.ts';
import { all, missionDecider, proposed, scoped, typesOf, type History } from './testing/history.ts';
import {
  add,
  ana,
  assertion,
  by,
  command,
  everywhere,
  feature,
  kept,
  proposal,
  proposalInput,
  served,
} from './testing/mission.builders.ts';

const given = deciderSpec(missionDecider);
const on = (history: History) => given(...history.facts);
const base = proposalInput();

function problems(change: Parameters<typeof proposal>[0]): readonly string[] {
  return checkProposal(proposal(change)).map(({ where, what }) => `${where} ${what}`);
}

function withFeatures(...features: ReturnType<typeof feature>[]): readonly string[] {
  return problems({ plan: { ...base.plan, features } });
}

function withAssertion(
  over: Parameters<typeof assertion>[1],
  services = base.plan.services,
): readonly string[] {
  return problems({
    plan: { ...base.plan, ...(services && { services }) },
    contract: {
      assertions: [...base.contract.assertions.filter(({ id }) => id !== add), assertion(add, over)],
    },
  });
}

const good = [
  feature('F-001', { fulfils: [add, everywhere] }),
  feature('F-002', { fulfils: [served] }),
  feature('F-003', { milestoneId: 'M2', fulfils: [kept] }),
];

describe('a proposal', () => {
  it('that holds together has no problem', () => expect(checkProposal(proposal())).toEqual([]));

  it('names every id once', () => {
    expect(withFeatures(...good, feature('F-001', { fulfils: [add] }))).toContain(
      'F-001 is used more than once; every id is used once',
    );
    const milestones = [...base.plan.milestones, { id: 'M1', title: 'Again' }];
    expect(problems({ plan: { ...base.plan, milestones } })[0]).toMatch(/^M1 is used more than once/);
    const assertions = [...base.contract.assertions, assertion(add)];
    expect(problems({ contract: { assertions } })[0]).toMatch(/^VAL-ADD-001 is used more than once/);
  });

  it('puts features into milestones of the plan', () =>
    expect(withFeatures(...good, feature('F-004', { milestoneId: 'M7', fulfils: [add] }))).toEqual([
      'F-004 names the milestone M7, which is not in the plan',
    ]));

  it('gives every milestone a feature', () =>
    expect(withFeatures(...good.slice(0, 2), feature('F-003', { fulfils: [kept] }))).toEqual([
      'M2 has no feature',
    ]));

  it('holds only planned features', () =>
    expect(withFeatures(...good, feature('F-004', { kind: 'fix', fulfils: [add] }))).toEqual([
      'F-004 is of kind fix; a plan holds only planned features',
    ]));

  it('claims every assertion by a feature', () =>
    expect(withFeatures(feature('F-001', { fulfils: [add] }), ...good.slice(1))).toEqual([
      'VAL-ALL-001 is fulfilled by no feature; name it in the `fulfils` of one',
    ]));

  it('has no feature without an assertion', () =>
    expect(withFeatures(...good, feature('F-004'))).toEqual([
      'F-004 fulfils no assertion; every feature fulfils at least one',
    ]));

  it('claims no assertion that is not in the contract', () =>
    expect(withFeatures(...good, feature('F-004', { fulfils: ['VAL-NONE-001'] }))).toEqual([
      'F-004 fulfils VAL-NONE-001, which is not in the contract',
    ]));

  it('depends on features of the plan, none of a later milestone', () => {
    expect(withFeatures(...good, feature('F-004', { fulfils: [add], dependsOn: ['F-009'] }))).toEqual([
      'F-004 depends on F-009, which is not in the plan',
    ]);
    expect(withFeatures(...good, feature('F-004', { fulfils: [add], dependsOn: ['F-003'] }))).toEqual([
      'F-004 depends on F-003, which comes in a later milestone',
    ]);
  });

  it('has no cycle of dependencies', () => {
    const one = feature('F-004', { fulfils: [add], dependsOn: ['F-005'] });
    const other = feature('F-005', { fulfils: [add], dependsOn: ['F-004'] });
    expect(withFeatures(...good, one, other)).toEqual([
      'F-004 depends on itself by way of F-005',
      'F-005 depends on itself by way of F-004',
    ]);
    expect(withFeatures(...good, feature('F-004', { fulfils: [add], dependsOn: ['F-004'] }))).toHaveLength(1);
  });

  it('traces every requirement, and only what is required', () => {
    const requirements = [...(base.brief.requirements ?? []), { id: 'REQ-3', text: 'Colours' }];
    expect(problems({ brief: { ...base.brief, requirements } })).toEqual(['REQ-3 is traced by no assertion']);
    expect(withAssertion({ traces: ['REQ-1', 'REQ-8'] })).toEqual([
      'VAL-ADD-001 traces REQ-8, which is not in the brief',
    ]);
  });

  it('says of every assertion how it is proved', () => {
    expect(withAssertion({ proof: { method: 'command' } })).toEqual([
      'VAL-ADD-001 has no command that proves it',
    ]);
    expect(withAssertion({ proof: { method: 'judgement' } })).toEqual([
      'VAL-ADD-001 asks no question that could be judged',
      'VAL-ADD-001 captures nothing that could be judged: it needs a command or steps',
    ]);
    expect(withAssertion({ proof: { method: 'inspection' } })).toEqual([
      'VAL-ADD-001 has no rule to inspect by',
    ]);
    expect(withAssertion({ proof: { method: 'http' } })).toEqual(['VAL-ADD-001 has no step to send']);
    const silent = { method: 'http', steps: [{ url: 'http://127.0.0.1:8080/' }] } as const;
    expect(withAssertion({ proof: { ...silent, steps: [...silent.steps] } })).toEqual([
      'VAL-ADD-001 expects nothing of any answer',
    ]);
  });

  it('starts what it proves over http', () =>
    expect(withAssertion({}, [])).toEqual([
      'VAL-API-001 is proved over http, but the plan names no service that would answer',
    ]));

  it('with a problem is refused with all of them, and the run goes on', () => {
    const held = scoped().claimed();
    const broken = proposal({ plan: { ...base.plan, features: [...good, feature('F-004')] } });
    const refusal = on(held).when(held.conclusion(broken), by(ana)).thenRefuses('PROPOSAL_INVALID');
    expect(refusal.evidence['problems']).toHaveLength(1);
    expect(held.run.status).toBe('running');
  });
});

describe('a proposal that is accepted', () => {
  it('is one append of many small facts, closed by its hash, and its baseline follows', () => {
    const held = scoped().claimed();
    const facts = on(held).when(held.conclusion(proposal()), by(ana)).facts();
    expect(typesOf(facts)).toEqual([
      'PlanProposalOpened',
      ...Array<string>(2).fill('PlanMilestoneProposed'),
      ...Array<string>(3).fill('PlanFeatureProposed'),
      ...Array<string>(4).fill('ContractAssertionProposed'),
      'ProposalClosed',
      'RunEnded',
      'RunDelegated',
    ]);
    expect(all(facts, 'RunDelegated')[0]).toMatchObject({ task: 'baseline', role: 'scrutiny' });
    expect(all(facts, 'PlanFeatureProposed').map((data) => data.feature.order)).toEqual([1, 2, 3]);
  });

  it('has the same hash for the same words, without its estimate', () => {
    const estimate = { runs: 9, basis: 'a guess' };
    const hash = proposed().mission.proposal?.hash;
    expect(hash).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(proposed({}, proposal({ plan: { ...base.plan, estimate } })).mission.proposal?.hash).toBe(hash);
  });

  it.each([
    ['brief', { brief: { ...base.brief, title: 'Other' } }],
    ['outline', { plan: { ...base.plan, summary: 'Other' } }],
    [
      'feature',
      { plan: { ...base.plan, features: [{ ...good[0], title: 'Other' } as never, ...good.slice(1)] } },
    ],
    ['protected path', { contract: { ...base.contract, protected: [] } }],
  ])('has another hash when its %s differs', (_what, change) => {
    expect(proposed({}, proposal(change)).mission.proposal?.hash).not.toBe(proposed().mission.proposal?.hash);
  });

  it('has another hash on another base commit', () => {
    const repository = { url: '/repo', kind: 'local', baseBranch: 'main', baseSha: 'c'.repeat(40) } as const;
    expect(proposed({ repository }).mission.proposal?.hash).not.toBe(proposed().mission.proposal?.hash);
  });
});

describe('a baseline', () => {
  const returned = (results: Parameters<typeof baselined>[1]) =>
    proposed().concluded((mission) => baselined(mission, results));

  it('on which every proof behaves asks a person to approve', () => {
    const history = returned({});
    expect(history.mission.status).toBe('awaiting_approval');
    expect(history.last('ApprovalRequested')).toMatchObject({ kind: 'plan', approvalId: 'APR-1' });
  });

  it.each([
    ['that passes already', { [add]: 'already_passes' }, 'VAL-ADD-001 passes already'],
    ['that cannot run', { [add]: 'cannot_run' }, 'VAL-ADD-001 cannot run'],
    [
      'of what held before, but fails',
      { [kept]: 'fails_as_expected' },
      'VAL-OLD-001 is marked non_regression',
    ],
  ] as const)('with a proof %s goes back to planning', (_what, results, reason) => {
    const history = returned(results);
    expect(history.last('PlanProposalReturned')).toMatchObject({ by: 'baseline', revision: 1 });
    expect(history.last('PlanProposalReturned').reasons[0]).toContain(reason);
    expect(history.run).toMatchObject({ task: 'plan', subject: { round: 2 } });
  });

  it('says one result for each assertion', () => {
    const held = proposed().claimed();
    const { results } = baselined(held.mission);
    for (const wrong of [results.slice(1), [...results, ...results.slice(0, 1)]])
      on(held)
        .when(held.conclusion({ kind: 'baselined', results: wrong }), by(ana))
        .thenRefuses('BASELINE_INCOMPLETE');
  });
});

describe('a contract that does not hold', () => {
  const round = (history: History) =>
    history.concluded(proposal()).concluded((mission) => baselined(mission, { [add]: 'cannot_run' }));
  const gap = round(round(round(scoped())));

  it('after three plan rounds blocks the mission and says why', () => {
    expect(gap.mission.block).toMatchObject({ cause: 'contract_gap' });
    expect(gap.mission.block?.detail).toContain('VAL-ADD-001 cannot run');
  });

  it('is planned again when a person resumes, three rounds more', () => {
    const resumed = gap.after(command('ResumeMission', {}));
    expect(resumed.run).toMatchObject({ task: 'plan', subject: { round: 4 } });
    expect(round(round(resumed)).mission.status).toBe('scoping');
  });
});
