import type { CheckRecord, FindingDraft } from '@missions/mission';

/** All of a report is one event of at most 64 KiB; what the engine adds to it leaves the agent room for its own. */
const checksBytes = 14_000;
const findingsBytes = 16_000;
const maxChecks = 50;
const maxFindings = 200;
const leastDetail = 160;

const ranks = { blocker: 0, major: 1, minor: 2, info: 3 } as const;

/** The checks with the ends of their outputs, shortened alike until they fit together; those that failed come first where there are too many. */
export function boundedChecks(checks: readonly CheckRecord[]): CheckRecord[] {
  const kept =
    checks.length <= maxChecks
      ? [...checks]
      : checks.toSorted((one, other) => Number(one.exitCode === 0) - Number(other.exitCode === 0));
  const shown = kept.slice(0, maxChecks);
  const each = Math.floor(checksBytes / Math.max(1, shown.length));
  return shown.map((check) => ({
    ...check,
    command: start(check.command, each / 2),
    output: end(check.output, each - Math.min(bytesOf(check.command), each / 2)),
  }));
}

/** The worst findings, with as much of their details as fits together, and how many had to be left out. */
export function boundedFindings(
  findings: readonly FindingDraft[],
  maxBytes = findingsBytes,
): { readonly findings: FindingDraft[]; readonly leftOut: number } {
  const worstFirst = findings.toSorted((one, other) => ranks[one.severity] - ranks[other.severity]);
  const kept: FindingDraft[] = [];
  let left = maxBytes;
  for (const finding of worstFirst.slice(0, maxFindings)) {
    left -= bytesOf({ ...finding, detail: start(finding.detail, leastDetail) });
    if (left < 0) break;
    kept.push(finding);
  }
  const detailBytes = leastDetail + Math.floor(Math.max(0, left) / Math.max(1, kept.length));
  return {
    findings: kept.map((finding) => ({ ...finding, detail: start(finding.detail, detailBytes) })),
    leftOut: findings.length - kept.length,
  };
}

function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}

function start(text: string, maxBytes: number): string {
  return shortened(text, maxBytes, (characters) => `${text.slice(0, characters)}…`);
}

function end(text: string, maxBytes: number): string {
  return shortened(text, maxBytes, (characters) => (characters === 0 ? '…' : `…${text.slice(-characters)}`));
}

/** As many characters as fit by their bytes in JSON. */
function shortened(text: string, maxBytes: number, cut: (characters: number) => string): string {
  if (bytesOf(text) <= maxBytes) return text;
  let characters = Math.min(text.length, Math.max(0, Math.floor(maxBytes)));
  while (characters > 0 && bytesOf(cut(characters).toWellFormed()) > maxBytes)
    characters = Math.floor(characters * 0.8);
  return cut(characters).toWellFormed();
}
