import { findingDraftSchema, type FindingDraft } from '@missions/mission';
import { distinctFindings, isSameFinding } from './distinct-findings.ts';

type Over = Partial<FindingDraft>;

function finding(title: string, over: Over = {}): FindingDraft {
  return findingDraftSchema.parse({ severity: 'major', category: 'defect', title, ...over });
}

const at = (location: string, over: Over = {}): Over => ({ location, ...over });

describe('findings', () => {
  it.each<[string, FindingDraft, FindingDraft, boolean]>([
    [
      'the same words without a place',
      finding('No limit on the size of a title'),
      finding('no limit on the size of a TITLE'),
      true,
    ],
    [
      'one place in other words',
      finding('Negative amounts are accepted', at('src/add.ts:12')),
      finding('add() takes negative amounts', at('/workspace/src/add.ts:13-14')),
      true,
    ],
    [
      'two faults on one line',
      finding('Negative amounts are accepted', at('src/add.ts:12')),
      finding('The currency is never checked', at('src/add.ts:12')),
      false,
    ],
    [
      'one fault in two files',
      finding('Errors are swallowed', at('src/a.ts:3')),
      finding('Errors are swallowed', at('src/b.ts:3')),
      false,
    ],
    [
      'two kinds',
      finding('No test for an empty list', at('src/a.ts:3')),
      finding('No test for an empty list', at('src/a.ts:3', { category: 'test_quality' })),
      false,
    ],
    [
      'a file and a line of it, in the same words',
      finding('The total is a constant', at('src/sum.ts')),
      finding('The total is a constant', at('src/sum.ts:40')),
      true,
    ],
  ])('with %s: the same is %#', (_what, one, other, same) => {
    expect(isSameFinding(one, other)).toBe(same);
    expect(isSameFinding(other, one)).toBe(same);
  });

  it('are told once, by the worst of them, with everything that any of them concerns', () => {
    const mild = finding(
      'Errors are swallowed',
      at('src/a.ts:3', { severity: 'minor', featureIds: ['F-001'] }),
    );
    const grave = finding('Errors are swallowed', at('src/a.ts:4', { featureIds: ['F-002'] }));
    const other = finding('The total is a constant', at('src/sum.ts:9'));
    expect(distinctFindings([mild, other, grave])).toEqual([
      other,
      { ...grave, featureIds: ['F-002', 'F-001'] },
    ]);
  });
});
