import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { MemoryArtifactStore } from '@missions/event-store/memory';
import { proposedSchema } from '@missions/mission';
import { approved, smallProposal, type History } from '@missions/mission/testing';
import { driveRun, type PerformRun, type RunHost } from '@missions/runs';
import { RunWorld } from '@missions/runs/testing';
import type { Surroundings } from '@missions/runtime';
import { HostStage, type StageTools } from '@missions/runtime/testing';
import { validateMilestone, type ValidatorSettings } from '../validate-milestone.ts';

export const assertionId = 'VAL-ADD-001';
export const missionId = 'm-demo1';

type Proposed = ReturnType<typeof smallProposal>;
type Proof = Proposed['contract']['assertions'][number]['proof'];

export interface StagedPlan {
  /** What the proof of the one assertion says beyond its usual. */
  readonly proof: Partial<Proof>;
  readonly control?: { readonly description: string; readonly break: string };
  readonly test?: string;
  readonly protect?: readonly string[];
  readonly services?: Proposed['plan']['services'];
}

/** A host of its own, and missions with the rules of production before their validators. */
export class ValidatorStage {
  private commits = 0;

  private constructor(
    private readonly host: HostStage,
    private readonly baseSha: string,
  ) {}

  static async open(tools: StageTools): Promise<ValidatorStage> {
    const host = await HostStage.open(tools);
    const { person } = host;
    person.write('README.md', 'start\n');
    person.write('test/reporter.mjs', 'console.log("honest");\n');
    const baseSha = person.commit('Start');
    return new ValidatorStage(host, baseSha);
  }

  close(): void {
    this.host.close();
  }

  get surroundings(): Surroundings {
    return this.host.surroundings;
  }

  /** What is left of clean rooms and scratch copies; empty when nothing is held. */
  leftovers(): readonly string[] {
    const proofs = join(this.host.root, 'proofs');
    const [rooms = ''] = readdirSync(proofs);
    return [
      ...readdirSync(join(proofs, rooms, 'proofs')),
      ...this.host.workspaces().filter((name) => !name.startsWith('commit-')),
    ];
  }

  get creation() {
    const repository = {
      url: this.host.person.path,
      kind: 'local',
      baseBranch: 'main',
      baseSha: this.baseSha,
    } as const;
    return { missionId, repository };
  }

  /** The milestone built by a commit with these files. */
  async history(plan: StagedPlan, files: Readonly<Record<string, string>>): Promise<Built> {
    return this.builtOn(approved(this.creation, planOf(plan)), files);
  }

  /** The open build run, ended by a commit with these files on top of the mission's head. */
  async builtOn(before: History, files: Readonly<Record<string, string>>): Promise<Built> {
    const { bundle, ...captured } = await this.commit(before.mission.head?.sha ?? this.baseSha, files);
    const stored = await new MemoryArtifactStore().put(bundle, { mediaType: bundleType });
    return { history: before.built({ captured: { ...captured, bundle: stored.digest } }), bundle };
  }

  /** A world that stands before the validator of a milestone that was built so. */
  async built(plan: StagedPlan, files: Readonly<Record<string, string>>): Promise<RunWorld> {
    const { history, bundle } = await this.history(plan, files);
    return worldOf(history, bundle);
  }

  /** Performs the open run as the validator service does. */
  async hold(
    world: RunWorld,
    perform: PerformRun | ValidatorSettings = {},
    over: Partial<RunHost> = {},
  ): Promise<void> {
    const work: PerformRun =
      typeof perform === 'function'
        ? perform
        : (claimed) => validateMilestone(claimed, this.surroundings, perform);
    await driveRun(world.host(over), await world.delegation(), work, new AbortController().signal);
  }

  private async commit(parentSha: string, files: Readonly<Record<string, string>>) {
    this.commits += 1;
    const source = this.host.person.path;
    const store = await this.surroundings.repositories.open({ missionId, source, baseSha: this.baseSha });
    const directory = join(this.host.root, 'workspaces', `commit-${String(this.commits)}`);
    await store.prepareWorktree({ runId: 'r', fromSha: parentSha, directory });
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(directory, path)), { recursive: true });
      writeFileSync(join(directory, path), content);
    }
    const { commits } = this;
    const trailers = { mission: missionId, feature: 'F-001', attempt: commits, run: 'r', fence: commits };
    const made = { runId: 'r', directory, parentSha, message: 'Work', trailers };
    const { sha } = await store.commit({ ...made, authoredAt: '2026-03-01T10:00:00.000Z' });
    const bundle = await store.bundle({ from: parentSha, to: sha });
    return { baseSha: parentSha, headSha: sha, filesChanged: Object.keys(files), bundle };
  }
}

interface Built {
  readonly history: History;
  readonly bundle: Uint8Array;
}

const bundleType = 'application/x-git-bundle';

/** A world after a history, with the bundles that it names. */
export async function worldOf(history: History, ...bundles: readonly Uint8Array[]): Promise<RunWorld> {
  const world = await RunWorld.after(history);
  for (const bundle of bundles) await world.artifacts.put(bundle, { mediaType: bundleType });
  return world;
}

export function planOf({ proof, control, test, protect = [], services }: StagedPlan): Proposed {
  const { brief, plan, contract, ...rest } = smallProposal();
  const assertions = contract.assertions.map((assertion) => ({
    ...assertion,
    proof: { ...assertion.proof, expected: { exitCode: 0 }, timeoutSec: 100, ...proof },
    ...(control && { negativeControl: control }),
  }));
  return proposedSchema.parse({
    ...rest,
    brief: { ...brief, environment: { ...brief.environment, ...(test !== undefined && { test }) } },
    plan: { ...plan, ...(services && { services }) },
    contract: { ...contract, assertions, protected: [...protect] },
  });
}

/** One turn that ends validation. */
export function report(verdict: string, evidence: readonly string[] = []) {
  const result = { assertionId, verdict, observed: 'I looked.', evidence, reproSteps: [] };
  return {
    calls: [{ tool: 'report_validation', input: { results: [result], findings: [], summary: 'Seen.' } }],
  };
}
