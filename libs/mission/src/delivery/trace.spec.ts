import { builtM1, passedM1 } from '../testing/history.ts';
import { add, everywhere, served, sha } from '../testing/mission.builders.ts';
import { chronicle } from '../testing/recorded.ts';
import { traceOf, type Trace } from './trace.ts';

const fixed = builtM1()
  .validated({ measured: { [add]: 'fail' } })
  .settled()
  .built()
  .validated();
const story = chronicle(fixed);

function trace(what: string): Trace {
  const found = traceOf(story, what);
  if (!found) throw new Error(`Nothing is known of ${what}.`);
  return found;
}

const ids = ({ features }: Trace): readonly string[] => features.map(({ definition }) => definition.id);
const shas = ({ commits }: Trace): readonly string[] => commits.map((commit) => commit.sha);
const said = ({ verdicts }: Trace): readonly string[] =>
  verdicts.map(({ assertionId, verdict }) => `${assertionId} ${verdict}`);

describe('why', () => {
  it('leads from an assertion over feature, commit and run to every verdict, and to the fix', () => {
    const why = trace(add);
    expect(ids(why)).toEqual(['F-001', 'F-004']);
    expect(shas(why)).toEqual([sha(1), sha(3)]);
    expect(said(why)).toEqual([`${add} fail`, `${add} pass`]);
    expect(why.findings.map(({ id, settled }) => [id, settled?.choice])).toEqual([['FIND-1', 'fix_now']]);
    for (const { runId } of [...why.commits, ...why.verdicts]) expect(why.runIds).toContain(runId);
  });

  it('leads from a feature to its assertions, what was held against it, and its fixes', () => {
    const why = trace('F-001');
    expect(why.assertionIds).toEqual([add, everywhere]);
    expect(ids(why)).toEqual(['F-001', 'F-004']);
    expect(why.findings.map(({ id }) => id)).toEqual(['FIND-1']);
  });

  it('leads from a fix to the finding and the assertion it was made for', () => {
    const why = trace('F-004');
    expect(why.findings.map(({ id }) => id)).toEqual(['FIND-1']);
    expect(why.assertionIds).toContain(add);
  });

  it('leads from a commit, by its first digits, to its feature and to what was said at it', () => {
    const why = trace(sha(3));
    expect([why.kind, why.subject, ids(why)]).toEqual(['commit', sha(3), ['F-004']]);
    expect(said(why)).toContain(`${served} pass`);
    const unique = chronicle(passedM1());
    expect(traceOf(unique, sha(1).slice(0, 39))).toBeUndefined();
  });

  it('leads from a finding to the work that came of it', () => {
    const why = trace('FIND-1');
    expect(ids(why)).toEqual(['F-001', 'F-004']);
    expect(said(why)).toEqual([`${add} fail`, `${add} pass`]);
  });

  it('leads from a file to the commits that changed it', () => {
    const why = trace('src/F-002.ts');
    expect([why.kind, ids(why), shas(why)]).toEqual(['file', ['F-002'], [sha(2)]]);
    expect(why.assertionIds).toEqual([served]);
  });

  it.each(['VAL-NOT-001', 'F-999', 'FIND-9', 'abcdef0123', 'src/none.ts', 'constructor'])(
    'knows nothing of %s',
    (what) => {
      expect(traceOf(story, what)).toBeUndefined();
    },
  );
});
