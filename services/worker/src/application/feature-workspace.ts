import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { lastCheckpoint, readTranscript } from '@missions/agent';
import { runStream, type Checkpoint } from '@missions/mission';
import { boundedPaths, openMissionStore, projectHead, type ClaimedRun } from '@missions/runs';
import { prepareDependencies, setupLimitMs, type EgressRequest, type Surroundings } from '@missions/runtime';
import type { EgressProxy, MissionRepository, SandboxMount, SandboxSession } from '@missions/workspace';
import { startingPoint, type StartingPoint } from './starting-point.ts';

/** What an agent that is not ours needs of its session besides what our own needs. */
export interface SessionNeeds {
  readonly egress?: EgressRequest;
  /** Directories of the host that its program lies in. */
  readonly mounts?: readonly SandboxMount[];
  /** It is told to stop before its session ends; whoever tells it ends the session in time. */
  readonly endsItself?: boolean;
}

/** The place in which one holder builds one feature: plain files, a sandbox around them, and Git out of reach. */
export class FeatureWorkspace {
  private latest: Checkpoint | undefined;

  private constructor(
    private readonly claimed: ClaimedRun,
    readonly repository: MissionRepository,
    readonly directory: string,
    readonly session: SandboxSession,
    /** Where it begins. */
    readonly start: StartingPoint,
    private readonly egress: EgressProxy | undefined,
  ) {}

  /**
   * Opens it at the run's last checkpoint, else at what an earlier attempt left, else at the mission's head; with shared
   * integration on top of what other missions changed of what the run was granted. Ends the run instead, with its work, when
   * its conversation began on another commit: an agent that goes by what it read there would undo what others changed since.
   */
  static async open(
    claimed: ClaimedRun,
    surroundings: Surroundings,
    needs: SessionNeeds = {},
  ): Promise<FeatureWorkspace | undefined> {
    const { host, mission, run, workSignal } = claimed;
    const { repositories, places } = surroundings;
    const repository = await openMissionStore(
      { repositories, artifacts: host.artifacts },
      mission,
      workSignal,
    );
    await projectHead(repository, mission, branchStays(claimed));
    // One directory per holder: a former holder on this host may still be about to let go of its own.
    const name = `${run.id}-${String(run.token)}`;
    const directory = places.workspace(name);
    await removeFormer(claimed, repository, places.workspaces);
    const { checkpoint, toldOfSha } = await workSoFar(claimed);
    const start = await startingPoint(claimed, { repository, repositories }, checkpoint);
    if (toldOfSha !== undefined && toldOfSha !== start.baseSha) {
      await claimed.end({ state: 'interrupted', ...(checkpoint && { checkpoint }) });
      return undefined;
    }
    try {
      const laidOut = { runId: run.id, fromSha: start.layOutSha, directory };
      await repository.prepareWorktree(laidOut, workSignal);
      await surroundings.adopt(directory);
      await installDependencies(claimed, surroundings, { repository, directory, sha: start.baseSha });
      const { session, egress } = await openSession(claimed, surroundings, { name, directory, needs });
      const workspace = new FeatureWorkspace(claimed, repository, directory, session, start, egress);
      workspace.latest = checkpoint;
      if (checkpoint) await workspace.tellTouched(start.layOutSha);
      return workspace;
    } catch (error) {
      await remove(repository, directory);
      throw error;
    }
  }

  /** The commit that the run's own changes are made on. */
  get baseSha(): string {
    return this.start.baseSha;
  }

  get lastCheckpoint(): Checkpoint | undefined {
    return this.latest;
  }

  /** Keeps the workspace as it is after a turn, as a bundle that any host can go on from. */
  async checkpoint(turn: number, at: string): Promise<Checkpoint> {
    const { run, host } = this.claimed;
    const { sha, bundle } = await this.repository.checkpoint({
      runId: run.id,
      directory: this.directory,
      parentSha: this.baseSha,
      bundleFrom: this.start.headSha,
      exclude: excluded,
      turn,
      at,
    });
    const { digest } = await host.artifacts.put(bundle, { mediaType: 'application/x-git-bundle' });
    this.latest = { sha, bundle: digest, turn };
    await this.tellTouched(sha);
    return this.latest;
  }

  /** What the run changed so far is given to nobody else by its negotiator. */
  private async tellTouched(sha: string): Promise<void> {
    const { files } = await this.repository.diff({ from: this.baseSha, to: sha, maxPatchBytes: 1 });
    const paths = files.flatMap(({ path, previousPath }) => [path, ...(previousPath ? [previousPath] : [])]);
    this.claimed.held.foresee({ touched: boundedPaths(paths) });
  }

  /** Ends its processes first; what cannot be closed keeps nothing else open. */
  async close(): Promise<void> {
    try {
      await this.session.close();
    } finally {
      await this.egress?.close().catch(() => undefined);
      await remove(this.repository, this.directory);
    }
  }
}

async function remove(repository: MissionRepository, directory: string): Promise<void> {
  await repository.removeWorkspace({ directory }).catch(async () => {
    await rm(directory, { recursive: true, force: true });
  });
}

/** The branch a person sees is a projection of the log; whoever opens the store next repairs it. */
export function branchStays({ host, mission }: ClaimedRun): (error: unknown) => void {
  return (error) => {
    host.log.warn({ err: error, missionId: mission.id }, 'The branch in the source repository was not moved');
  };
}

/** The sandbox around the workspace, with the way out that the configuration allows; nothing stays open when it fails. */
async function openSession(
  { signal }: ClaimedRun,
  { openEgress, sandbox }: Surroundings,
  at: { readonly name: string; readonly directory: string; readonly needs: SessionNeeds },
): Promise<{ readonly session: SandboxSession; readonly egress: EgressProxy | undefined }> {
  const { egress: asked, mounts = [], endsItself = false } = at.needs;
  const egress = await openEgress(asked);
  try {
    const session = await sandbox.openSession({
      id: at.name,
      workspace: at.directory,
      readOnlyMounts: mounts,
      ...(!endsItself && { signal }),
      ...(egress && { egress }),
    });
    return { session, egress };
  } catch (error) {
    await egress?.close();
    throw error;
  }
}

/** What a dependency layer brings is not the run's work. */
export const excluded: readonly string[] = ['node_modules'];

/** What holders before this one left on this host: a newer token exists, so nothing of theirs counts any more. */
async function removeFormer(
  { run }: ClaimedRun,
  repository: MissionRepository,
  workspaces: string,
): Promise<void> {
  const names = await readdir(workspaces).catch(() => []);
  const former = names.filter((name) => {
    const token = name.startsWith(`${run.id}-`) ? /^\d+/.exec(name.slice(run.id.length + 1))?.[0] : undefined;
    return token !== undefined && Number(token) < run.token;
  });
  for (const name of former)
    await repository.removeWorkspace({ directory: join(workspaces, name) }).catch(() => undefined);
}

interface WorkSoFar {
  readonly checkpoint: Checkpoint | undefined;
  /** The commit that the run's conversation began on; undefined before it began. */
  readonly toldOfSha: string | undefined;
}

async function workSoFar({ host, run }: ClaimedRun): Promise<WorkSoFar> {
  const facts = await readTranscript(await host.store.read(runStream(run.id)), host.artifacts);
  const toldOfSha = facts.find((fact) => fact.type === 'ContextAssembled')?.data.baseSha;
  const taken = lastCheckpoint(facts);
  if (taken?.bundle === undefined) return { checkpoint: run.checkpoint, toldOfSha };
  return { checkpoint: { sha: taken.sha, bundle: taken.bundle, turn: taken.turn }, toldOfSha };
}

async function installDependencies(
  { mission, held, workSignal: signal }: ClaimedRun,
  surroundings: Surroundings,
  place: { readonly repository: MissionRepository; readonly directory: string; readonly sha: string },
): Promise<void> {
  const command = mission.brief?.environment.setup;
  if (command === undefined) return;
  const { repository, directory, sha } = place;
  held.show({ lastLine: command.slice(0, 120), quietMs: setupLimitMs });
  const layer = await prepareDependencies(surroundings, { command, repository, sha, signal });
  await surroundings.layers.copyInto(layer, directory);
}
