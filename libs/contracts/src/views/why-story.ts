import type { Chronicle, FindingState, Trace } from '@missions/mission';

interface Told {
  readonly seq: number;
  readonly sentence: string;
}

/** What happened to everything in a trace, oldest first, a sentence each. */
export function storyOf(chronicle: Chronicle, trace: Trace): readonly string[] {
  const told = [
    ...trace.assertionIds.flatMap((id) => ofAssertion(chronicle, id)),
    ...trace.commits.map(ofCommit),
    ...trace.verdicts.map(ofVerdict),
    ...trace.findings.flatMap((finding) => ofFinding(chronicle, finding)),
    ...trace.amendments.map(({ number, by, reason }) => ({
      seq: chronicle.amended[String(number)]?.seq ?? 0,
      sentence: `Amendment ${String(number)} by ${by}: ${reason}`,
    })),
  ];
  return told.sort((left, right) => left.seq - right.seq).map(({ sentence }) => sentence);
}

function ofAssertion({ mission, baselines, waived }: Chronicle, id: string): readonly Told[] {
  const state = mission.assertions[id];
  if (state === undefined) return [];
  const base = baselines[id];
  const observed = base === undefined || base.observed === '' ? '' : `: ${base.observed}`;
  const baseline = {
    seq: base?.seq ?? 0,
    sentence: `Before any work, ${id}: ${base?.result ?? state.baseline}${observed}`,
  };
  if (state.waived === undefined) return [baseline];
  const { by, reason } = state.waived;
  return [baseline, { seq: waived[id]?.seq ?? 0, sentence: `${id} was waived by ${by}: ${reason}` }];
}

function ofCommit({ seq, sha, featureId, attempt, runId, accepted, undone }: Trace['commits'][number]): Told {
  const fate = undone ? 'taken out by a roll back' : accepted ? 'accepted' : 'not accepted';
  return {
    seq,
    sentence: `${featureId} attempt ${String(attempt)}: commit ${sha.slice(0, 12)} by ${runId}, ${fate}`,
  };
}

function ofVerdict(verdict: Trace['verdicts'][number]): Told {
  const { seq, assertionId, milestoneId, round, targetSha, runId, observed, loweredFrom, doubt } = verdict;
  const lowered =
    loweredFrom === undefined
      ? ''
      : ` (the engine had measured ${loweredFrom}${doubt === undefined ? '' : `; ${doubt}`})`;
  return {
    seq,
    sentence:
      `${milestoneId} round ${String(round)}: ${verdict.verdict} for ${assertionId} at ${targetSha.slice(0, 12)} by ${runId}` +
      `${lowered}${observed === '' ? '' : `: ${observed}`}`,
  };
}

function ofFinding(
  { raised, settled }: Chronicle,
  { id, finding, settled: how }: FindingState,
): readonly Told[] {
  const held = {
    seq: raised[id]?.seq ?? 0,
    sentence: `${id} (${finding.severity}) was held against it: ${finding.title}`,
  };
  if (how === undefined) return [held, { seq: Infinity, sentence: `${id} is not settled` }];
  const { choice, decidedBy, justification } = how;
  const sentence = `${id} was settled as ${choice} by ${decidedBy}: ${justification}`;
  return [held, { seq: settled[id]?.seq ?? 0, sentence }];
}
