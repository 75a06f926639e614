import { commandsOf } from '@missions/agent-tools';
import type { RecordedResult, ToolContext, TranscriptFact } from '@missions/agent';
import { isRefusal } from '@missions/kernel';
import { grantedResources, type HandoffClaim, type HandoffCapture } from '@missions/mission';
import { factsOf, projectHead, type ClaimedRun } from '@missions/runs';
import { refuseConflictMarkers, refuseOutsideGrant, type Committed } from './refuse-foreign-changes.ts';
import { branchStays, excluded, type FeatureWorkspace } from './feature-workspace.ts';

/**
 * Ends a build: the supervisor commits what lies in the workspace, captures what happened, and tells the mission.
 * Every step gives the same result when it is repeated after a crash, by this holder or another.
 */
export async function handOff(
  claimed: ClaimedRun,
  workspace: FeatureWorkspace,
  claim: HandoffClaim,
  { turn, at }: Pick<ToolContext, 'turn' | 'at'>,
): Promise<void> {
  try {
    await tell(claimed, workspace, claim, { turn, at });
  } catch (error) {
    // The turn that wanted to end the run may have written, too: what it did is for the run after this one.
    if (isRefusal(error) && error.code === 'LOCK_LOST') await workspace.checkpoint(turn, at);
    throw error;
  }
}

async function tell(
  claimed: ClaimedRun,
  workspace: FeatureWorkspace,
  claim: HandoffClaim,
  { turn, at }: Pick<ToolContext, 'turn' | 'at'>,
): Promise<void> {
  const { host } = claimed;
  if (claim.outcome !== 'success') {
    const checkpoint = claim.outcome === 'partial' ? await workspace.checkpoint(turn, at) : undefined;
    const captured = await captureNothing(claimed, workspace);
    await claimed.conclude(turn, {
      kind: 'handed_off',
      claim,
      captured,
      ...(checkpoint && { checkpoint }),
    });
    return;
  }
  const captured = await commit(claimed, workspace, { claim, at });
  host.killPoint('run.build.committed');
  await claimed.conclude(turn, { kind: 'handed_off', claim, captured });
  // The handoff counts already: a fault from here on must not fail the run.
  await moveBranch(claimed, workspace).catch(branchStays(claimed));
}

async function moveBranch(claimed: ClaimedRun, { repository }: FeatureWorkspace): Promise<void> {
  await projectHead(repository, await claimed.latest(), branchStays(claimed));
}

async function commit(
  claimed: ClaimedRun,
  { repository, directory, start }: FeatureWorkspace,
  { claim, at }: { readonly claim: HandoffClaim; readonly at: string },
): Promise<HandoffCapture> {
  const { host, mission, run, signal } = claimed;
  const { headSha, baseSha, integrated, conflicts } = start;
  const feature = mission.features[run.subject.feature ?? '']?.definition;
  const { sha, filesChanged } = await repository.commit(
    {
      runId: run.id,
      directory,
      parentSha: baseSha,
      exclude: excluded,
      message: host.redactor.redact(`${feature?.title ?? run.id}\n\n${claim.salientSummary}`),
      trailers: {
        mission: mission.id,
        feature: feature?.id ?? '',
        attempt: run.attempt,
        run: run.id,
        fence: run.token,
      },
      authoredAt: at,
      ...(feature?.mayBeEmpty === true && { mayBeEmpty: true }),
    },
    signal,
  );
  await refuseUnfit(claimed, repository, { sha, filesChanged, conflicts });
  const bundle = await repository.bundle({ from: headSha, to: sha }, signal);
  const { digest } = await host.artifacts.put(bundle, { mediaType: 'application/x-git-bundle' });
  return {
    baseSha: headSha,
    headSha: sha,
    ...(integrated && { integrated }),
    bundle: digest,
    filesChanged: fitting(filesChanged.map(({ path }) => path)),
    commandsRun: [...(await commandsRun(claimed))],
  };
}

/** A commit that is refused is replaced by the next one of this attempt. */
async function refuseUnfit(
  claimed: ClaimedRun,
  repository: FeatureWorkspace['repository'],
  committed: Committed,
): Promise<void> {
  await refuseConflictMarkers(repository, committed, claimed.signal);
  refuseOutsideGrant(claimed.mission, await grantedNow(claimed), committed);
}

/** What is held may have become less since the run was claimed. */
async function grantedNow(claimed: ClaimedRun): Promise<readonly string[]> {
  if (claimed.mission.integration !== 'shared') return [];
  const run = (await claimed.latest()).runs[claimed.run.id];
  return run ? grantedResources(run) : [];
}

/** An event stays under 64 KB; beyond this share of it the commit itself is the list. */
const pathBytesKept = 24_000;
const pathKept = 1_000;

function fitting(paths: readonly string[]): string[] {
  let bytes = 0;
  return paths
    .map((path) => path.slice(0, pathKept).toWellFormed())
    .filter((path) => {
      bytes += Buffer.byteLength(path) + 3;
      return bytes <= pathBytesKept;
    });
}

async function captureNothing(claimed: ClaimedRun, { start }: FeatureWorkspace): Promise<HandoffCapture> {
  return {
    baseSha: start.headSha,
    headSha: start.headSha,
    filesChanged: [],
    commandsRun: [...(await commandsRun(claimed))],
  };
}

/** As many as fit beside the rest into one event. */
const commandsKept = 20;
const outputKept = 500;

/** What the engine saw the run do, from its transcript: exit codes are measured, never claimed. */
async function commandsRun({ host, run }: ClaimedRun): Promise<HandoffCapture['commandsRun']> {
  const facts = await factsOf(host.store, run.id);
  return commandsOf(facts.flatMap(resultsOf), commandsKept).map((record) => ({
    ...record,
    output: record.output.slice(-outputKept).toWellFormed(),
  }));
}

/** An agent that is not ours has its commands run by us, too, where it asks us to. */
function resultsOf(fact: TranscriptFact): readonly RecordedResult[] {
  if (fact.type === 'ToolResultsRecorded') return fact.data.results;
  if (fact.type !== 'ExternalUpdateRecorded') return [];
  return fact.data.activities
    .filter(({ kind }) => kind === 'command')
    .map(({ text, captured }) => ({ callId: '', tool: 'terminal', content: text, isError: false, captured }));
}
