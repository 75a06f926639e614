import { settled } from '../testing/conclusions.ts';
import { approved, atFinalProof, builtM1, passedM1, type History } from '../testing/history.ts';
import { add, assertion, baseSha, digest, served, sha, smallProposal } from '../testing/mission.builders.ts';
import { chronicle } from '../testing/recorded.ts';

const failing = builtM1().validated({ measured: { [add]: 'fail' } });

/** Triage changes what an assertion says, and a person agrees. */
function amended(): History {
  const delta = { assertions: [assertion(add, { statement: 'Said better' })] };
  const asked = failing.concluded((mission) =>
    settled(
      mission,
      { 'FIND-1': 'amend_contract' },
      { contract_delta: { ...delta, reason: 'It was unclear.' } },
    ),
  );
  return asked.decided('approved');
}

describe('the chronicle of a mission', () => {
  it('holds the same mission as the fold of its facts', () => {
    for (const history of [failing, atFinalProof().validated(), amended()])
      expect(chronicle(history).mission).toEqual(history.mission);
  });

  it('keeps verdicts that an amendment took out of the fold', () => {
    const { mission, verdicts } = chronicle(amended());
    expect(mission.assertions[add]?.history).toEqual([]);
    expect(verdicts.filter(({ assertionId }) => assertionId === add)).toMatchObject([{ verdict: 'fail' }]);
  });

  it('places an amendment in the log', () => {
    const { amended: placed, settled: ends } = chronicle(amended());
    expect(placed['1']?.seq).toBeGreaterThan(ends['FIND-1']?.seq ?? Infinity);
  });

  it('knows every commit, whether the head moved to it, and what it was made for', () => {
    const partial = approved().built({
      claim: { outcome: 'partial' },
      checkpoint: { sha: sha(1), bundle: digest(), turn: 1 },
    });
    const { commits } = chronicle(partial.built());
    expect(commits).toMatchObject([
      { featureId: 'F-001', attempt: 1, accepted: false },
      { featureId: 'F-001', attempt: 2, accepted: true, undone: false },
    ]);
  });

  it('leaves out what an attempt did not change', () => {
    const empty = approved({}, smallProposal({ mayBeEmpty: true })).built({ captured: { headSha: baseSha } });
    expect(chronicle(empty).commits).toEqual([]);
  });

  it('marks what a roll back took out, and only that', () => {
    const second = passedM1()
      .built()
      .validated({ measured: { 'VAL-OLD-001': 'fail' } });
    const rolled = second.concluded((mission) => settled(mission, { 'FIND-1': 'roll_back' }));
    expect(chronicle(rolled).commits.map(({ featureId, undone }) => [featureId, undone])).toEqual([
      ['F-001', false],
      ['F-002', false],
      ['F-003', true],
    ]);
    expect(chronicle(rolled).rollBacks).toMatchObject([{ milestoneId: 'M2', toSha: sha(2) }]);
  });

  it('places baselines, findings and waivers in the log', () => {
    const { baselines, raised, settled: ends, approved: approval } = chronicle(failing.settled());
    expect(baselines[served]).toMatchObject({ result: 'fails_as_expected', observed: 'exit code 1' });
    const at = { raised: raised['FIND-1']?.seq ?? 0, settled: ends['FIND-1']?.seq ?? 0 };
    expect(at.raised).toBeGreaterThan(approval?.seq ?? Infinity);
    expect(at.settled).toBeGreaterThan(at.raised);
  });
});
