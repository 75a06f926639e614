import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { handoffClaimSchema, type Conclusion, type RunState } from '@missions/mission';
import type { RunWorld } from '@missions/runs/testing';
import type { Surroundings } from '@missions/runtime';
import type { Tree } from '../corpus/archive.ts';
import type { Work } from '../corpus/case.ts';
import type { Ground } from './baseline.ts';
import { oneTurn } from './history.ts';

const actor = { kind: 'service', id: 'corpus' } as const;

/** The open run is claimed and ended so, as its holder would say it. */
export async function conclude(world: RunWorld, conclusion: Conclusion): Promise<void> {
  const { commander } = world.host();
  const { id: runId } = await world.run();
  const send = (command: Parameters<typeof commander.send>[0]['command']) =>
    commander.send(
      { commandId: `${runId}/${command.type}`, missionId: world.missionId, actor, command },
      { limitMs: 1_000 },
    );
  await send({ type: 'ClaimRun', data: { runId, holder: 'corpus' } });
  const { token } = await world.run();
  await send({ type: 'ConcludeRun', data: { runId, token, conclusion, usage: oneTurn } });
}

/** What the run shares with other missions of a host is free: there are none. */
export async function grantLock(world: RunWorld, { id, lock }: RunState): Promise<void> {
  if (!lock || lock.granted) return;
  const { commander } = world.host();
  const data = { claimId: lock.claimId, ledger: 'resources-local', version: 1 };
  const command = { type: 'RecordLockGrant', data } as const;
  const commandId = `${id}/grant`;
  await commander.send({ commandId, missionId: world.missionId, actor, command }, { limitMs: 1_000 });
}

/** The worker's files become a commit on the mission's head, and its claim a handoff. */
export async function handOff(
  world: RunWorld,
  { repositories, places }: Surroundings,
  { origin, work }: { readonly origin: Ground['origin']; readonly work: Work },
): Promise<void> {
  const { id: runId, fromSha } = await world.run();
  const { missionId } = world;
  const { repository: source, baseSha } = origin;
  const parentSha = fromSha ?? baseSha;
  const store = await repositories.open({ missionId, source, baseSha });
  const directory = places.workspace(runId);
  await store.prepareWorktree({ runId, fromSha: parentSha, directory });
  apply(directory, work.changes);
  const { sha, filesChanged } = await store.commit({
    runId,
    directory,
    parentSha,
    message: work.claim.salientSummary,
    trailers: { mission: missionId, feature: work.featureId, attempt: 1, run: runId, fence: 1 },
    authoredAt: '2026-03-01T10:00:00.000Z',
  });
  await store.removeWorkspace({ directory });
  const captured = {
    baseSha: parentSha,
    headSha: sha,
    filesChanged: filesChanged.map(({ path }) => path),
    commandsRun: [],
  };
  await conclude(world, { kind: 'handed_off', claim: claimOf(work), captured });
}

function claimOf({ claim }: Work): Extract<Conclusion, { kind: 'handed_off' }>['claim'] {
  return handoffClaimSchema.parse(claim);
}

function apply(directory: string, changes: Tree): void {
  for (const [path, content] of Object.entries(changes)) {
    const place = join(directory, path);
    if (content === undefined) rmSync(place);
    else {
      mkdirSync(dirname(place), { recursive: true });
      writeFileSync(place, content);
    }
  }
}
