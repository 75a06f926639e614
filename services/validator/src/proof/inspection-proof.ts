import { setImmediate } from 'node:timers/promises';
import { linePattern } from '@missions/agent-tools';
import type { Assertion, Evidence, InspectionRule } from '@missions/mission';
import type { Checked } from './check-expectation.ts';
import { batchesOf, InspectedCommit, linesOf, type InspectedFile } from './inspected-files.ts';
import type { ProofParts, ProofSite } from './proof-site.ts';

/** A larger file is none that anybody wrote; a rule over its lines stays undecided. */
const maxFileBytes = 2 * 1024 ** 2;
const maxHits = 50;
const shownHits = 5;
const shownCharacters = 200;

interface Hit {
  readonly path: string;
  readonly line: number;
  readonly text: string;
}

interface RuleOutcome extends Checked {
  readonly hits: readonly Hit[];
}

export interface Inspection {
  readonly checked: Checked;
  readonly durationMs: number;
  readonly evidence: Evidence[];
}

/**
 * `inspection`: every rule over the files of the commit, or over what differs from the base, has to hold. It reads the
 * mission's own repository; nothing is checked out and nothing is executed. What cannot be read within the time and the
 * sizes stays undecided.
 */
export async function inspectCommit(
  { artifacts, redactor }: Pick<ProofParts, 'artifacts' | 'redactor'>,
  { proof }: Assertion,
  site: ProofSite,
): Promise<Inspection> {
  const startedAt = performance.now();
  const commit = new InspectedCommit(site);
  const untilMs = startedAt + proof.timeoutSec * 1_000;
  const outcomes: RuleOutcome[] = [];
  for (const rule of proof.rules ?? []) outcomes.push(await inspect(rule, { commit, site, untilMs }));
  const text = outcomes.map(evidenceOf).join('\n\n');
  const { digest } = await artifacts.put(Buffer.from(redactor.redact(text)), { mediaType: 'text/plain' });
  return {
    checked: together(outcomes),
    durationMs: Math.round(performance.now() - startedAt),
    evidence: [{ kind: 'inspection', artifact: digest }],
  };
}

function together(outcomes: readonly RuleOutcome[]): Checked {
  const broken = outcomes.filter(({ ok, undecided }) => !ok && undecided === undefined);
  const open = outcomes.filter(({ undecided }) => undecided !== undefined);
  // One rule that is broken decides, whatever could not be told of the others.
  const shown = [broken, open, outcomes].find((some) => some.length > 0) ?? [];
  const undecided = broken.length === 0 ? open[0]?.undecided : undefined;
  return {
    ok: broken.length === 0 && open.length === 0,
    observed: shown.map(({ observed }) => observed).join('\n'),
    expected: shown.map(({ expected }) => expected).join('\n'),
    ...(undecided !== undefined && { undecided }),
  };
}

interface Look {
  readonly commit: InspectedCommit;
  readonly site: ProofSite;
  readonly untilMs: number;
}

async function inspect(rule: InspectionRule, look: Look): Promise<RuleOutcome> {
  const files = await look.commit.files(rule);
  const { atLeast, atMost, contains, never } = rule;
  const wanted =
    contains === undefined ? undefined : await search(files, { ...rule, expression: contains }, look);
  const unwanted =
    never === undefined ? undefined : await search(files, { ...rule, expression: never }, look);
  const parts = [
    ...(atLeast === undefined ? [] : [part(files.length >= atLeast, `at least ${atLeast} files`)]),
    ...(atMost === undefined ? [] : [part(files.length <= atMost, `at most ${atMost} files`)]),
    ...(wanted ? [part(wanted.hits.length > 0, `a line like ${String(contains)}`)] : []),
    ...(unwanted ? [part(unwanted.hits.length === 0, `no line like ${String(never)}`)] : []),
  ];
  const hits = [...(unwanted?.hits ?? []), ...(wanted?.hits ?? [])];
  // What was found counts, even if not everything could be searched.
  const undecided = [
    unwanted?.hits.length === 0 ? unwanted.unread : undefined,
    wanted?.hits.length === 0 ? wanted.unread : undefined,
  ].find((reason) => reason !== undefined);
  const broken = parts.some(({ ok }) => !ok) && (undecided === undefined || hits.length > 0);
  const where = rule.in === 'tree' ? rule.path : `${rule.path} in the diff`;
  return {
    ok: parts.every(({ ok }) => ok) && undecided === undefined,
    observed: [`${where}: ${files.length} files`, ...hits.slice(0, shownHits).map(hitText)].join('\n'),
    expected: `${where}: ${parts.map(({ expected }) => expected).join('; ')}`,
    hits,
    ...(undecided !== undefined && !broken && { undecided }),
  };
}

function part(ok: boolean, expected: string): { readonly ok: boolean; readonly expected: string } {
  return { ok, expected };
}

interface Found {
  readonly hits: readonly Hit[];
  /** Why not everything was looked at, if so. */
  readonly unread: string | undefined;
}

async function search(
  files: readonly InspectedFile[],
  rule: { readonly expression: string; readonly in: InspectionRule['in'] },
  { site, untilMs }: Look,
): Promise<Found> {
  const pattern = linePattern(rule.expression);
  const hits: Hit[] = [];
  const small = files.filter((file) => largestOf(file, rule.in) <= maxFileBytes);
  const [large] = files.filter((file) => !small.includes(file));
  const unread = large && `${large.path} is too large to be inspected: ${largestOf(large, rule.in)} bytes`;
  for (const batch of batchesOf(small)) {
    const lines = await linesOf(batch, rule.in, site.repository);
    for (const file of batch) {
      // Others on this thread, such as the one that renews the lease, have their turn.
      await setImmediate();
      site.signal.throwIfAborted();
      if (performance.now() > untilMs) return { hits, unread: 'its time was over before all was inspected' };
      for (const { number, text } of lines(file)) {
        if (pattern.matcher(text).find()) hits.push({ path: file.path, line: number, text });
        if (hits.length === maxHits) return { hits, unread };
      }
    }
  }
  return { hits, unread };
}

function largestOf({ now, before }: InspectedFile, where: InspectionRule['in']): number {
  return Math.max(now?.bytes ?? 0, where === 'diff' ? (before?.bytes ?? 0) : 0);
}

function hitText({ path, line, text }: Hit): string {
  return `${path}:${line}: ${text.slice(0, shownCharacters).toWellFormed().trim()}`;
}

function evidenceOf({ ok, undecided, expected, hits }: RuleOutcome): string {
  const verdict = ok ? 'holds' : undecided === undefined ? 'is broken' : `is undecided: ${undecided}`;
  return [`${expected}\n${verdict}`, ...hits.map(hitText)].join('\n');
}
