import { command, add, atFinalProof, builtM1, served } from '@missions/mission/testing';
import { reportMarkdown } from './report-markdown.ts';
import { missionReport, reportViewSchema } from './report-view.ts';

const completed = atFinalProof().validated().mission;
const failing = builtM1().validated({ measured: { [add]: 'fail' } }).mission;

describe('the report of a mission', () => {
  it('fits its schema', () => {
    for (const mission of [completed, failing])
      expect(reportViewSchema.parse(JSON.parse(JSON.stringify(missionReport(mission))))).toBeDefined();
  });

  it('has nothing unproven when every assertion passed at the final commit', () => {
    const { notProven, headSha, assertions } = missionReport(completed);
    expect(notProven).toEqual([]);
    expect(new Set(assertions.map(({ commit }) => commit))).toEqual(new Set([headSha]));
  });

  it('says what failed, what was never judged, and which features are open', () => {
    const { notProven } = missionReport(failing);
    expect(notProven).toContainEqual(expect.stringContaining(`${add} (${add} holds) ended as fail`));
    expect(notProven).toContainEqual(expect.stringContaining('VAL-OLD-001'));
    expect(notProven).toContainEqual(expect.stringContaining('F-003'));
    expect(notProven).toContainEqual(expect.stringContaining('FIND-1 is not settled'));
  });

  it('shows a waiver as unproven, with who and why', () => {
    const waived = builtM1()
      .after(command('WaiveAssertion', { assertionId: served, reason: 'No port free here.' }))
      .validated().mission;
    const report = missionReport(waived);
    expect(report.waivers).toMatchObject([{ assertionId: served, by: 'ana', reason: 'No port free here.' }]);
    expect(report.notProven).toContainEqual(expect.stringContaining('waived by ana: No port free here.'));
  });

  it('gives every accepted feature its commit', () => {
    for (const { status, commit } of missionReport(completed).features) {
      expect(status).toBe('accepted');
      expect(commit).toMatch(/^[0-9a-f]{40}$/);
    }
  });
});

describe('the report as Markdown', () => {
  it('says what was not proven in a section of its own', () => {
    expect(reportMarkdown(missionReport(completed))).toContain(
      '## What was not proven\n\nNothing: every assertion is proven at the final commit.',
    );
    expect(reportMarkdown(missionReport(failing))).toMatch(/## What was not proven\n\n- VAL-ADD-001/);
  });

  it('keeps agent text inside its cell', () => {
    const report = missionReport(failing);
    const [first] = report.features;
    if (!first) throw new Error('There is a feature.');
    const hostile = { ...first, title: 'x | y\n## Heading <img src=x>\u202E' };
    const text = reportMarkdown({ ...report, features: [hostile] });
    expect(text).toContain('x \\| y ## Heading &lt;img src=x>');
    expect(text).not.toContain('\n## Heading');
    expect(text).not.toContain('\u202E');
  });
});
