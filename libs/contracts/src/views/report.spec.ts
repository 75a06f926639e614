import { command, add, approved, atFinalProof, builtM1, chronicle, served } from '@missions/mission/testing';
import { reportHtml } from './report-html.ts';
import { reportMarkdown } from './report-markdown.ts';
import { missionReport, reportViewSchema, type ReportView } from './report-view.ts';

const completed = chronicle(atFinalProof().validated());
const failing = chronicle(builtM1().validated({ measured: { [add]: 'fail' } }));

function withTitle(title: string): ReportView {
  const report = missionReport(failing);
  const [first] = report.features;
  if (!first) throw new Error('There is a feature.');
  return { ...report, title, features: [{ ...first, title }] };
}

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
    const waived = chronicle(
      builtM1()
        .after(command('WaiveAssertion', { assertionId: served, reason: 'No port free here.' }))
        .validated(),
    );
    const report = missionReport(waived);
    expect(report.waivers).toMatchObject([{ assertionId: served, by: 'ana', reason: 'No port free here.' }]);
    expect(report.notProven).toContainEqual(expect.stringContaining('waived by ana: No port free here.'));
  });

  it('names each kind of gap once, with what it is about', () => {
    const claim = {
      whatWasLeftUndone: ['the help text'],
      assertionClaims: [add],
      tests: { added: ['test/none.spec.ts', 'src/F-001.ts', 'a test by name'], updated: [] },
    };
    const told = chronicle(
      approved()
        .built({ claim })
        .built()
        .validated({ measured: { [add]: 'fail', [served]: 'inconclusive' } })
        .settled({ 'FIND-1': 'fix_now', 'FIND-2': 'waive', 'FIND-3': 'follow_up' }),
    );
    const report = missionReport(told);
    expect(report.gaps.map(({ kind, subject }) => `${kind} ${subject ?? ''}`)).toEqual(
      expect.arrayContaining([
        `not_passed ${add}`,
        `not_passed ${served}`,
        'not_run VAL-OLD-001',
        'requirement REQ-1',
        'requirement REQ-2',
        'feature F-003',
        'left_undone F-001',
        'follow_up FIND-3',
      ]),
    );
    expect(report.unmeasured).toEqual([
      `F-001 claimed ${add}, which is fail at the final commit.`,
      'F-001 claimed the test test/none.spec.ts, which its commit does not touch.',
    ]);
    expect(report.requirements).toMatchObject([
      { id: 'REQ-1', proven: false },
      { id: 'REQ-2', proven: false },
    ]);
  });

  it('shows a requirement when all its critical assertions pass and none fails', () => {
    expect(missionReport(completed).requirements.map(({ proven }) => proven)).not.toContain(false);
  });

  it('says which feature no reviewer read, and why', () => {
    const output = 'Not reviewed. F-001: rate_limit: too many requests';
    const check = { name: 'review of F-001', command: 'mine/any', output };
    const told = (checks: readonly (typeof check)[]) =>
      missionReport({
        ...completed,
        reports: completed.reports.map((one) => ({ ...one, checks: [...checks] })),
      });
    expect(told([check]).gaps).toEqual([
      { kind: 'not_reviewed', subject: 'F-001', sentence: `No reviewer read F-001. ${output}` },
    ]);
    expect(told([check, { ...check, output: '0 findings' }]).gaps).toEqual([]);
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
    const text = reportMarkdown(withTitle('x | y\n## Heading <img src=x>\u202E ![i](http://e.vil/i.png)'));
    expect(text).toContain('x \\| y ## Heading &lt;img src=x> !\\[i](');
    expect(text).not.toContain('\n## Heading');
    expect(text).not.toContain('\u202E');
  });

  it('lets no backslash open a cell', () => {
    expect(reportMarkdown(withTitle('x \\| y'))).toContain('x \\\\\\| y');
  });
});

describe('the report as a page', () => {
  const hostile = '</title><script>alert(1)</script><img src=x onerror=alert(1)>" onload="';

  it('holds agent text as text and nothing that a browser would run or fetch', () => {
    const page = reportHtml(withTitle(hostile), [
      { assertionId: add, kind: hostile, digest: hostile, content: { text: hostile, truncated: false } },
      { assertionId: add, kind: 'screenshot', digest: 'd', content: { image: `javascript:${hostile}` } },
      { assertionId: add, kind: 'screenshot', digest: 'd', content: { missing: hostile } },
    ]);
    expect(page).not.toMatch(/<script|<img src=x|javascript:|https?:/iu);
    expect(page.match(/<\/title>/gu)).toHaveLength(1);
    expect(page).toContain('&lt;script&gt;');
    expect(page).toContain("content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\"");
  });

  it('shows an image in an element in which nothing of it runs', () => {
    const image = 'data:image/svg+xml;base64,PHN2Zy8+';
    const page = reportHtml(missionReport(completed), [
      { assertionId: add, kind: 'screen', digest: 'sha256:1', content: { image } },
    ]);
    expect(page).toContain(`<img alt="screen of ${add}" src="${image}">`);
  });

  it('says the same as the Markdown', () => {
    for (const { sentence } of missionReport(failing).gaps)
      expect(reportHtml(missionReport(failing))).toContain(sentence.replaceAll("'", '&#39;'));
  });
});
