import { findingDraftSchema, type CheckRecord, type FindingDraft } from '@missions/mission';
import { boundedChecks, boundedFindings } from './bounded-report.ts';

const bytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

function check(name: string, output: string, exitCode = 0): CheckRecord {
  return { name, command: 'npm test', output, exitCode };
}

function finding(title: string, severity: FindingDraft['severity'], detail = ''): FindingDraft {
  return findingDraftSchema.parse({ severity, category: 'defect', title, detail });
}

describe('what the engine adds to a report', () => {
  it('is left as it is where it is short', () => {
    const checks = [check('tests', 'ok'), check('lint', 'fine')];
    expect(boundedChecks(checks)).toEqual(checks);
    const findings = [finding('A', 'major', 'Because.')];
    expect(boundedFindings(findings)).toEqual({ findings, leftOut: 0 });
  });

  it.each(['x', '"', '\u0001', '漢', '👩‍👩‍👧'])('keeps the ends of long outputs made of %j', (part) => {
    const checks = Array.from({ length: 40 }, (_, index) =>
      check(`check ${String(index)}`, `${part.repeat(4_000 / part.length)}END`),
    );
    const bounded = boundedChecks(checks);
    expect(bytes(bounded)).toBeLessThan(20_000);
    expect(bounded.every(({ output }) => output.endsWith('END') && output.isWellFormed())).toBe(true);
  });

  it('drops none of the checks that failed', () => {
    const checks = Array.from({ length: 60 }, (_, index) => check(`check ${String(index)}`, '', index % 2));
    const bounded = boundedChecks(checks);
    expect(bounded).toHaveLength(50);
    expect(bounded.filter(({ exitCode }) => exitCode === 1)).toHaveLength(30);
  });

  it('holds the worst findings, shortens all alike, and says how many are missing', () => {
    const long = 'detail '.repeat(1_000);
    const findings = [
      ...Array.from({ length: 150 }, (_, index) => finding(`Lesser ${String(index)}`, 'info', long)),
      finding('Worst', 'blocker', long),
    ];
    const { findings: kept, leftOut } = boundedFindings(findings);
    expect(kept[0]).toMatchObject({ title: 'Worst' });
    expect(bytes(kept)).toBeLessThan(17_000);
    expect(kept.length + leftOut).toBe(151);
    expect(leftOut).toBeGreaterThan(0);
  });
});
