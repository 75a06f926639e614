import type { Amendment, FeatureState, FindingState } from '../mission.state.ts';
import { entry } from '../by-id.ts';
import type { Chronicle, Recorded, WorkCommit } from './chronicle.ts';

export type TraceKind = 'assertion' | 'feature' | 'commit' | 'finding' | 'file';

/** Everything that hangs together with one thing: assertion, features, commits, runs, evidence, verdicts, findings. */
export interface Trace {
  readonly kind: TraceKind;
  /** Its id, the whole commit, or the path of the file. */
  readonly subject: string;
  readonly assertionIds: readonly string[];
  readonly features: readonly FeatureState[];
  readonly commits: readonly WorkCommit[];
  readonly runIds: readonly string[];
  readonly verdicts: readonly Recorded<'AssertionJudged'>[];
  readonly findings: readonly FindingState[];
  readonly amendments: readonly Amendment[];
}

/** Traces whatever the text names: an assertion, a feature, a finding, a commit (at least 7 digits), a file that was changed. */
export function traceOf(chronicle: Chronicle, what: string): Trace | undefined {
  if (what.startsWith('VAL-')) return traceAssertion(chronicle, what);
  if (/^F-\d+$/u.test(what)) return traceFeature(chronicle, what);
  if (/^FIND-\d+$/u.test(what)) return traceFinding(chronicle, what);
  const commit = /^[0-9a-f]{7,40}$/u.test(what) ? traceCommit(chronicle, what) : undefined;
  return commit ?? traceFile(chronicle, what);
}

/** From a promise to what became of it. */
export function traceAssertion(chronicle: Chronicle, assertionId: string): Trace | undefined {
  if (entry(chronicle.mission.assertions, assertionId) === undefined) return undefined;
  const findings = findingsOf(chronicle, ({ finding }) => finding.assertionIds.includes(assertionId));
  const features = featuresOf(
    chronicle,
    ({ definition }) => definition.fulfils.includes(assertionId) || isMadeFor(definition, findings),
  );
  const seed = { assertionIds: [assertionId], features, findings, commits: commitsOf(chronicle, features) };
  return traced(chronicle, { kind: 'assertion', subject: assertionId }, seed);
}

/** From work to the promises it was to keep, what was held against it, and what was done about that. */
export function traceFeature(chronicle: Chronicle, featureId: string): Trace | undefined {
  const feature = entry(chronicle.mission.features, featureId);
  if (feature === undefined) return undefined;
  const seed = seedOfFeatures(chronicle, [feature]);
  return traced(chronicle, { kind: 'feature', subject: featureId }, seed);
}

/** From what is held against the work to how it was settled, and to the work that came of it. */
export function traceFinding(chronicle: Chronicle, findingId: string): Trace | undefined {
  const found = entry(chronicle.mission.findings, findingId);
  if (found === undefined) return undefined;
  const features = featuresOf(
    chronicle,
    ({ definition }) => found.finding.featureIds.includes(definition.id) || isMadeFor(definition, [found]),
  );
  const commits = commitsOf(chronicle, features);
  const seed = { assertionIds: found.finding.assertionIds, features, findings: [found], commits };
  return traced(chronicle, { kind: 'finding', subject: findingId }, seed);
}

/** From a commit, named by its first digits, to the feature it was made for and to what was said at it. */
export function traceCommit(chronicle: Chronicle, prefix: string): Trace | undefined {
  const commits = chronicle.commits.filter(({ sha }) => sha.startsWith(prefix));
  const shas = new Set(commits.map(({ sha }) => sha));
  const [sha] = shas;
  if (sha === undefined || shas.size > 1) return undefined;
  return traced(chronicle, { kind: 'commit', subject: sha }, seedOfCommits(chronicle, commits));
}

/** From a file to the commits that changed it and why they were made. */
export function traceFile(chronicle: Chronicle, path: string): Trace | undefined {
  const commits = chronicle.commits.filter(({ filesChanged }) => filesChanged.includes(path));
  if (commits.length === 0) return undefined;
  return traced(chronicle, { kind: 'file', subject: path }, seedOfCommits(chronicle, commits));
}

type Seed = Pick<Trace, 'assertionIds' | 'features' | 'findings' | 'commits'>;

function seedOfCommits(chronicle: Chronicle, commits: readonly WorkCommit[]): Seed {
  const features = featuresOf(chronicle, ({ definition }) =>
    commits.some(({ featureId }) => featureId === definition.id),
  );
  return { ...seedOfFeatures(chronicle, features), features, commits };
}

function seedOfFeatures(chronicle: Chronicle, own: readonly FeatureState[]): Seed {
  const ids = own.map(({ definition }) => definition.id);
  const sources = own.flatMap(({ definition }) => definition.sourceFindingIds);
  const fulfilled = own.flatMap(({ definition }) => definition.fulfils);
  const findings = findingsOf(
    chronicle,
    ({ id, finding }) =>
      sources.includes(id) ||
      finding.featureIds.some((featureId) => ids.includes(featureId)) ||
      finding.assertionIds.some((assertionId) => fulfilled.includes(assertionId)),
  );
  const held = findings.filter(({ id }) => sources.includes(id));
  const assertionIds = new Set([...fulfilled, ...held.flatMap(({ finding }) => finding.assertionIds)]);
  const features = featuresOf(
    chronicle,
    ({ definition: { id, rootFeatureId } }) =>
      ids.includes(id) || (rootFeatureId !== undefined && ids.includes(rootFeatureId)),
  );
  return { assertionIds: [...assertionIds], features, findings, commits: commitsOf(chronicle, features) };
}

function traced(chronicle: Chronicle, named: Pick<Trace, 'kind' | 'subject'>, seed: Seed): Trace {
  const { assertionIds, commits, features } = seed;
  const verdicts = chronicle.verdicts.filter(
    ({ assertionId, targetSha }) =>
      assertionIds.includes(assertionId) || (named.kind === 'commit' && targetSha === named.subject),
  );
  const building = Object.values(chronicle.mission.runs).filter(
    ({ task, subject }) =>
      task === 'build' && features.some(({ definition }) => definition.id === subject.feature),
  );
  const ofFeatures = named.kind === 'commit' || named.kind === 'file' ? [] : building;
  const runIds = new Set([...ofFeatures.map(({ id }) => id), ...[...commits, ...verdicts].map(runIdOf)]);
  const amendments = (chronicle.mission.amended ?? []).filter(({ changes }) =>
    changes.some(({ id }) => assertionIds.includes(id)),
  );
  return { ...named, ...seed, verdicts, runIds: [...runIds], amendments };
}

function runIdOf({ runId }: { readonly runId: string }): string {
  return runId;
}

function findingsOf(
  { mission }: Chronicle,
  belongs: (finding: FindingState) => boolean,
): readonly FindingState[] {
  return Object.values(mission.findings).filter(belongs);
}

function featuresOf(
  { mission }: Chronicle,
  belongs: (feature: FeatureState) => boolean,
): readonly FeatureState[] {
  return Object.values(mission.features).filter(belongs);
}

function commitsOf({ commits }: Chronicle, features: readonly FeatureState[]): readonly WorkCommit[] {
  return commits.filter(({ featureId }) => features.some(({ definition }) => definition.id === featureId));
}

function isMadeFor(
  { sourceFindingIds }: FeatureState['definition'],
  findings: readonly FindingState[],
): boolean {
  return findings.some(({ id }) => sourceFindingIds.includes(id));
}
