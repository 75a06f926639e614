import { builtM1, command, type History } from '@missions/mission/testing';
import { findingViews } from './work-views.ts';

const failed = builtM1().validated({ measured: { 'VAL-ADD-001': 'fail' } });
const settled = failed.settled();
const fixId = findingViews(settled.mission)[0]?.followedBy[0] ?? '';

const fixes = ({ mission }: History) => findingViews(mission).map(({ fix }) => fix);

describe('the work that a finding led to', () => {
  it('is none before somebody decided', () => {
    expect(fixes(failed)).toEqual([undefined]);
  });

  it('is in work until it is accepted, and then built', () => {
    expect(fixes(settled)).toEqual(['open']);
    expect(fixes(settled.built())).toEqual(['built']);
  });

  it('is proven once its assertions pass at a commit that has it', () => {
    const checked = settled.built().validated();
    expect(checked.assertion('VAL-ADD-001').verdict).toBe('pass');
    expect(fixes(checked)).toEqual(['proven']);
  });

  it('is not proven by a pass from before it', () => {
    const before = settled.built();
    const { mission } = before;
    const assertion = before.assertion('VAL-ADD-001');
    const earlier = mission.handoffs[0]?.captured.headSha ?? '';
    const passed = { ...assertion, verdict: 'pass' as const, targetSha: earlier };
    const claimed = { ...mission, assertions: { ...mission.assertions, 'VAL-ADD-001': passed } };
    expect(findingViews(claimed).map(({ fix }) => fix)).toEqual(['built']);
  });

  it('is given up when a person does without it', () => {
    const skipped = settled.after(command('SkipFeature', { featureId: fixId, reason: 'Not needed.' }));
    expect(fixes(skipped)).toEqual(['given_up']);
  });
});
