import type { MissionEventData } from '../events/index.ts';
import { digest, sha } from '../testing/mission.builders.ts';
import { boundedReport, boundedVerdict } from './bounded-report.ts';

type Report = MissionEventData<'MilestoneReportReceived'>;

function report(over: Partial<Report>): Report {
  return {
    ...{ milestoneId: 'M1', round: 1, runId: digest(), validator: 'scrutiny', targetSha: sha(1) },
    ...{ summary: '', checks: [], findings: [] },
    ...over,
  };
}

function finding(
  n: number,
  detail = '',
  severity: 'blocker' | 'minor' = 'minor',
): Report['findings'][number] {
  return { severity, category: 'stub', title: `Stub ${String(n)}`, detail, assertionIds: [], featureIds: [] };
}

const bytes = (value: object) => Buffer.byteLength(JSON.stringify(value));
const check = { name: 'tests', command: 'npm test', exitCode: 1 };

describe('a report', () => {
  it('that fits stays as it is', () => {
    const small = report({ checks: [{ ...check, output: 'x'.repeat(8000) }], findings: [finding(1)] });
    expect(boundedReport(small)).toBe(small);
  });

  it('keeps head and tail of long outputs, and every finding', () => {
    const output = `begin ${'ä'.repeat(7900)} the end`;
    const findings = Array.from({ length: 10 }, (_, n) => finding(n, 'd'.repeat(8000)));
    const bounded = boundedReport(report({ checks: Array(8).fill({ ...check, output }) as never, findings }));
    expect(bytes(bounded)).toBeLessThan(60_000);
    expect(bounded.findings).toHaveLength(10);
    for (const { output: kept } of bounded.checks) expect(kept).toMatch(/^begin [^]*the end$/);
  });

  it('with more findings than an event holds keeps the worst, and says how many there were', () => {
    const many = Array.from({ length: 200 }, (_, n) => ({ ...finding(n), location: 'l'.repeat(900) }));
    const engineFindings = [...many, finding(999, '', 'blocker')];
    const bounded = boundedReport(report({ findings: many, engineFindings }));
    expect(bytes(bounded)).toBeLessThan(60_000);
    expect(bounded.engineFindings?.[0]).toMatchObject({ severity: 'blocker', title: 'Stub 999' });
    expect(bounded.engineFindings?.at(-1)?.title).toMatch(/^\d+ more findings that this report had no room/);
  });
});

describe('a verdict', () => {
  const judged = (commands: readonly string[]): MissionEventData<'AssertionJudged'> => ({
    ...{ assertionId: 'VAL-ADD-001', milestoneId: 'M1', round: 1, runId: digest(), targetSha: sha(1) },
    ...{ verdict: 'fail', observed: 'nothing', expected: 'milk', reproSteps: [] },
    evidence: commands.map((command) => ({ kind: 'http', artifact: digest(), command })),
  });

  it('that fits stays as it is', () => {
    const small = judged(['GET /']);
    expect(boundedVerdict(small)).toBe(small);
  });

  it('keeps all its evidence, and of what was executed the head and the tail', () => {
    const bounded = boundedVerdict(judged(Array<string>(50).fill(`GET ${'ä'.repeat(3900)} end`)));
    expect(bytes(bounded)).toBeLessThan(60_000);
    expect(bounded.evidence).toHaveLength(50);
    for (const { command } of bounded.evidence) expect(command).toMatch(/^GET [^]*end$/);
  });
});
