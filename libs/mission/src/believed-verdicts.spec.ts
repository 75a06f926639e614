import { countedVerdict, confirmingExecutions } from './counted-verdict.ts';
import { replied } from './testing/conclusions.ts';
import { all, approved, atFinalProof, builtM1, passedM1, type History } from './testing/history.ts';
import {
  add,
  assertion,
  digest,
  everywhere,
  kept,
  proposal,
  proposalInput,
  sha,
} from './testing/mission.builders.ts';
import type { Verdict } from './validation-contract.ts';
import { assertionsToBaseline, controlsToExecute, verdictsToConfirm } from './validation-queries.ts';

const fresh = builtM1().assertion(add);
const proof = (verdict: Verdict, over: Partial<Parameters<typeof countedVerdict>[0]> = {}) => ({
  assertionId: add,
  targetSha: sha(2),
  verdict,
  observed: 'exit code 0',
  expected: 'exit code 0',
  durationMs: 1,
  evidence: [{ kind: 'output', artifact: digest() }],
  ...over,
});
const proofsOf = (history: History, verdict: Verdict) => [
  proof(verdict, { targetSha: history.mission.head?.sha ?? '' }),
];
const toConfirm = (history: History, verdict: Verdict) =>
  verdictsToConfirm(history.mission, history.run, proofsOf(history, verdict));

describe('a pass', () => {
  const { definition } = fresh;
  const guard = { ...definition, type: 'non_regression' as const };

  it.each([
    ['fails_as_expected', definition, 'pass'],
    ['already_passes', definition, 'inconclusive'],
    ['cannot_run', definition, 'inconclusive'],
    ['not_run', definition, 'inconclusive'],
    ['already_passes', guard, 'pass'],
    ['fails_as_expected', guard, 'inconclusive'],
    ['not_run', guard, 'inconclusive'],
  ] as const)(
    'of a proof whose baseline is %s (case %#) counts only as red before green allows',
    (...row) => {
      const [baseline, worded, verdict] = row;
      const counted = countedVerdict(proof('pass'), { ...fresh, baseline, definition: worded });
      expect(counted.verdict).toBe(verdict);
      expect(counted.doubt).toBe(verdict === 'pass' ? undefined : 'never_red');
    },
  );

  it('without anything captured is inconclusive, and says so', () =>
    expect(countedVerdict(proof('pass', { evidence: [] }), fresh)).toEqual({
      verdict: 'inconclusive',
      doubt: 'no_evidence',
      observed: expect.stringContaining('nothing was captured') as string,
    }));

  it.each([
    ['caught', 'pass', undefined],
    ['missed', 'inconclusive', 'control_missed'],
    ['cannot_run', 'inconclusive', 'control_not_run'],
  ] as const)('whose broken variant was %s is %s', (outcome, verdict, doubt) => {
    const control = { outcome, observed: 'exit code 0 without it', evidence: [] };
    const counted = countedVerdict(proof('pass', { control }), fresh);
    expect(counted).toMatchObject({ verdict });
    expect(counted.doubt).toBe(doubt);
    if (doubt) expect(counted.observed).toContain('exit code 0 without it');
  });

  it('is never made of anything else', () => {
    for (const verdict of ['fail', 'inconclusive', 'blocked', 'not_run'] as const)
      expect(countedVerdict(proof(verdict), fresh)).toEqual({ verdict, observed: 'exit code 0' });
  });

  it('that is doubted is recorded with what was measured, and starts no fix', () => {
    const history = builtM1().validated({ records: { [add]: { evidence: [] } } });
    expect(history.assertion(add).history.at(-1)).toMatchObject({
      verdict: 'inconclusive',
      loweredFrom: 'pass',
      doubt: 'no_evidence',
    });
    expect(history.last('FindingRaised')).toMatchObject({
      source: 'inconclusive_verdict',
      finding: { category: 'test_quality', assertionIds: [add] },
    });
  });
});

describe('a broken variant that the contract describes', () => {
  const input = proposalInput();
  const described = assertion(add, { negativeControl: { description: 'Nothing is kept', break: 'rm list' } });
  const assertions = input.contract.assertions.map((one) => (one.id === add ? described : one));
  const built = approved({}, proposal({ contract: { assertions } }))
    .built()
    .built();
  const control = { outcome: 'caught' as const, observed: 'exit code 1' };

  it('has to be tried before a pass counts', () => {
    expect(controlsToExecute(built.mission, built.run)).toEqual([add]);
    const untried = built.validated({ records: { [add]: { control: undefined } } });
    expect(untried.assertion(add).history.at(-1)).toMatchObject({ doubt: 'control_not_run' });
    expect(untried.mission.milestones['M1']?.status).toBe('triaging');
  });

  it('that was noticed once is known to be noticed', () => {
    const noticed = built.validated({ records: { [add]: { control } } });
    expect(noticed.mission.milestones['M1']?.status).toBe('passed');
    const final = noticed.built().validated();
    expect(controlsToExecute(final.mission, final.run)).toEqual([]);
    expect(final.validated().mission.status).toBe('completed');
  });

  it('in words alone is for those who refute, not for the engine', () =>
    expect(controlsToExecute(builtM1().mission, builtM1().run)).toEqual([]));
});

describe('a change of verdict', () => {
  it('is executed again: what held before and fails, what failed and holds', () => {
    const failing = builtM1().validated({ measured: { [add]: 'fail' } });
    const fixed = failing.settled().built();
    expect(toConfirm(fixed, 'pass')).toEqual([add]);
    expect(toConfirm(fixed, 'fail')).toEqual([]);
    const final = atFinalProof();
    expect(toConfirm(final, 'fail')).toEqual([add]);
    expect(toConfirm(final, 'pass')).toEqual([]);
  });

  it('is none of a first verdict, but for what held on the base', () => {
    expect(toConfirm(builtM1(), 'pass')).toEqual([]);
    expect(toConfirm(builtM1(), 'fail')).toEqual([]);
    const guarding = passedM1().built();
    const broken = { ...proof('fail'), assertionId: kept };
    expect(verdictsToConfirm(guarding.mission, guarding.run, [broken])).toEqual([kept]);
  });

  it('is none of what decides nothing, or of what this run does not report on', () => {
    const fixed = builtM1()
      .validated({ measured: { [add]: 'fail' } })
      .settled()
      .built();
    for (const verdict of ['inconclusive', 'blocked', 'not_run'] as const)
      expect(toConfirm(fixed, verdict)).toEqual([]);
    expect(toConfirm(fixed.done(), 'pass')).toEqual([]);
  });

  it('is told from what was measured, not from what a validator made of it', () => {
    const said = { [add]: { verdict: 'fail' as const, cites: ['call-1'] } };
    const fixed = builtM1().validated({ said }).settled().built();
    expect(toConfirm(fixed, 'pass')).toEqual([]);
  });
});

describe('a flaky proof', () => {
  const again: Verdict[] = ['pass', 'fail'];
  const flaky = builtM1().validated({ records: { [add]: { again } } });
  const next = flaky.settled({ 'FIND-1': 'dismiss' });

  it.each(['pass', 'fail'] as const)('that said %s first is inconclusive', (first) => {
    const counted = countedVerdict(proof(first, { again: ['pass', 'fail'] }), fresh);
    expect(counted).toMatchObject({ verdict: 'inconclusive', doubt: 'flaky' });
    expect(counted.observed).toContain(`it said ${first}, pass, fail`);
  });

  it('is a finding about the proof, and stays known as flaky', () => {
    expect(flaky.last('FindingRaised').finding).toMatchObject({ category: 'test_quality' });
    expect(flaky.assertion(add).flaky).toBe(true);
    expect(next.assertion(add).flaky).toBe(true);
    expect(toConfirm(next, 'pass')).toEqual([add]);
  });

  it('passes again when it says so as often in a row as is asked for, and no sooner', () => {
    const once = next.validated();
    expect(once.assertion(add)).toMatchObject({ flaky: true, verdict: 'inconclusive' });
    const twice = next.validated({ records: { [add]: { again: ['pass'] } } });
    expect(twice.assertion(add)).toMatchObject({ flaky: true, verdict: 'inconclusive' });
    const steady = Array<Verdict>(confirmingExecutions).fill('pass');
    const believed = next.validated({ records: { [add]: { again: steady } } });
    expect(believed.assertion(add).flaky).toBeUndefined();
    expect(believed.mission.milestones['M1']?.status).toBe('passed');
  });

  it('that only fails has failed', () =>
    expect(next.validated({ measured: { [add]: 'fail' } }).assertion(add).verdict).toBe('fail'));
});

describe('an assertion that was amended', () => {
  const amended = (over: Parameters<typeof assertion>[1] = {}) =>
    atFinalProof()
      .messaged('a')
      .done()
      .claimed()
      .delivered('a')
      .concluded(replied({ contract_delta: { assertions: [assertion(everywhere, over)] } }))
      .decided('approved');
  const history = amended({ statement: 'It holds everywhere, twice' });

  it('has yet to be seen failing on the base', () => {
    expect(history.assertion(everywhere)).toMatchObject({ baseline: 'not_run', history: [] });
    expect(assertionsToBaseline(history.mission, history.run)).toEqual([everywhere]);
    expect(assertionsToBaseline(builtM1().mission, builtM1().run)).toEqual([]);
  });

  it('is executed there with the next validation, and judged by the same rule', () => {
    const proven = history.validated();
    const baselined = all(proven.facts, 'ContractAssertionBaselined').at(-1);
    expect(baselined).toMatchObject({ assertionId: everywhere, amendment: 1, result: 'fails_as_expected' });
    expect(proven.assertion(everywhere)).toMatchObject({ baseline: 'fails_as_expected', verdict: 'pass' });
    expect(proven.mission.proposal?.stage).toBe('approved');
    expect(proven.mission.status).toBe('completed');
    const empty = history.validated({ baselines: { [everywhere]: 'already_passes' } });
    expect(empty.assertion(everywhere).history.at(-1)).toMatchObject({ doubt: 'never_red' });
    expect(empty.mission.status).toBe('running');
  });

  it('is executed there again as long as it cannot run', () => {
    const stuck = history.validated({ baselines: { [everywhere]: 'cannot_run' } });
    const again = stuck.settled({ 'FIND-1': 'dismiss' });
    expect(assertionsToBaseline(again.mission, again.run)).toEqual([everywhere]);
  });

  it('is kept beside what it replaced', () =>
    expect(history.mission.amended).toEqual([
      {
        number: 1,
        approvalId: 'APR-2',
        by: 'ana',
        reason: '',
        changes: [
          expect.objectContaining({
            id: everywhere,
            fields: ['statement', 'priority', 'scope'],
            before: expect.objectContaining({ statement: `${everywhere} holds`, scope: 'mission' }) as object,
            after: expect.objectContaining({ statement: 'It holds everywhere, twice' }) as object,
          }),
        ],
      },
    ]));
});
