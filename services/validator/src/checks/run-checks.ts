import type { Assertion, BriefDraft, CheckRecord, FindingDraft } from '@missions/mission';
import type { DependencyLayer } from '@missions/workspace';
import { inOrder } from '../proof/in-order.ts';
import { onBase, type ProofParts, type ProofSite } from '../proof/proof-site.ts';
import { pairTests, readChange, sourceFiles, type Change } from '../rules/index.ts';
import { endOf, runCheck, type CheckRun } from './check-run.ts';
import { changesEarlierTests, judgeEarlierTests, layOutEarlierTests } from './earlier-tests.ts';
import { cannotRun, judgeTests, testFinding } from './judge-tests.ts';

/** What scrutiny runs of the project's own, besides the proofs. */
export interface ChecksRequest {
  readonly environment: Pick<BriefDraft['environment'], 'lint' | 'types' | 'build' | 'test'>;
  /** The approved contract: what it speaks of, a test may be changed for. */
  readonly assertions: readonly Assertion[];
  /** Dependencies of the base commit; asked for only when something has to be run there. */
  readonly baseLayer: () => Promise<DependencyLayer | undefined>;
  /** Told before each command, with how long it may be silent. */
  readonly watch?: (line: string, quietMs: number) => void;
}

export interface ChecksDone {
  readonly checks: readonly CheckRecord[];
  readonly findings: readonly FindingDraft[];
}

const timeoutMs = 600_000;
const concurrency = 2;
const names = ['lint', 'types', 'build'] as const;

/**
 * Runs the project's lint, types, build and tests, each in a clean room of the commit, two at a time. What goes wrong now and
 * did not on the base is a finding; what tests say of themselves is believed only as far as it fits together. Secrets are
 * looked for in all that changed. Rejects when the site's signal aborts.
 */
export async function runChecks(
  parts: ProofParts,
  site: ProofSite,
  request: ChecksRequest,
): Promise<ChecksDone> {
  const change = await readChange(site.repository, { from: site.baseSha, to: site.sha }, site.signal);
  const context = { parts, site, request, change };
  const { environment } = request;
  const jobs = [
    ...(environment.test === undefined ? [] : [() => tests(context, environment.test ?? '')]),
    ...names.flatMap((name) => {
      const command = environment[name];
      return command === undefined ? [] : [() => plainCheck(context, name, command)];
    }),
  ];
  const done = await inOrder(jobs, concurrency, (job) => job());
  return {
    checks: [...done.flatMap(({ checks }) => checks), secretScan(parts, change)],
    findings: done.flatMap(({ findings }) => findings),
  };
}

interface CheckContext {
  readonly parts: ProofParts;
  readonly site: ProofSite;
  readonly request: ChecksRequest;
  readonly change: Change;
}

/** Told in words which room it runs in. */
function run(
  { parts, site, request }: CheckContext,
  place: {
    readonly name: string;
    readonly command: string;
    readonly prepare?: (checkout: string) => Promise<void>;
  },
): Promise<CheckRun> {
  request.watch?.(`${place.name}: ${place.command}`.slice(0, 120), timeoutMs);
  return runCheck(parts, site, { ...place, timeoutMs });
}

async function runOnBase(context: CheckContext, name: string, command: string): Promise<CheckRun> {
  const site = onBase(context.site, await context.request.baseLayer());
  return run({ ...context, site }, { name: `${name} on the base`, command });
}

async function plainCheck(
  context: CheckContext,
  name: (typeof names)[number],
  command: string,
): Promise<ChecksDone> {
  const now = await run(context, { name, command });
  if (now.exitCode === 0) return { checks: [now.check], findings: [] };
  const base = await runOnBase(context, name, command);
  const checks = [now.check, base.check];
  // What could not even be run there says nothing of the work; what failed there as well was not made by it.
  if (base.exitCode !== 0 && !cannotRun(base)) return { checks, findings: [] };
  const why = `${endOf(now)} ${cannotRun(base) ? 'On the base there was nothing to run.' : 'On the base it succeeded.'}`;
  return {
    checks,
    findings: [testFinding(now, { title: `The project’s ${name} fails`, why, category: 'defect' })],
  };
}

async function tests(context: CheckContext, command: string): Promise<ChecksDone> {
  const { site, change, request } = context;
  const now = await run(context, { name: 'tests', command });
  const base = await runOnBase(context, 'tests', command);
  const findings = judgeTests({ now, base, takenAway: takenAway(change) });
  const checks = [now.check, base.check];
  if (base.exitCode !== 0 || !changesEarlierTests(change)) return { checks, findings };
  const earlier = await run(context, {
    name: 'tests of the base',
    command,
    prepare: (checkout) => layOutEarlierTests(checkout, site),
  });
  return {
    checks: [...checks, earlier.check],
    findings: [...findings, ...judgeEarlierTests({ earlier, base }, change, request.assertions)],
  };
}

function takenAway(change: Change): number {
  const { gone, fresh } = pairTests(sourceFiles(change));
  return Math.max(0, gone.length - fresh.length);
}

/** By the same scan that guards commits; what it finds is a finding of the rules over the diff. */
function secretScan({ redactor }: ProofParts, { files }: Change): CheckRecord {
  const found = files.flatMap(({ path, after = '', added }) => {
    const lines = new Set(added.map(({ number }) => number));
    return redactor
      .finds(after)
      .filter(({ line }) => lines.has(line))
      .map(({ line, name }) => `${path}:${String(line)} ${name}`);
  });
  const output =
    found.length === 0
      ? `Nothing in ${String(files.length)} changed files.`
      : found.join('\n').slice(0, 4_000);
  return {
    name: 'secret scan',
    command: 'of the engine, over all that changed',
    exitCode: found.length === 0 ? 0 : 1,
    output,
  };
}
