import { mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRedactor } from '@missions/kernel';
import { secret } from '@missions/runs/testing';
import { PersonRepository } from '@missions/workspace/conformance';
import {
  adoptWorkspace,
  BubblewrapProvider,
  prepareToolchain,
  sandboxUser,
  SandboxedLayers,
} from '@missions/workspace/sandbox';
import { HostPlaces } from '../agent-service/host-places.ts';
import { openRepositories, type Surroundings } from '../agent-service/surroundings.ts';

/** What this machine has already, so that no test prepares it again. */
export interface StageTools {
  readonly bwrap: string;
  /** Where the toolchain lies. */
  readonly stateDir: string;
}

/** A host of a test's own: a person's repository, and around runs a real Git store and a real sandbox without a way out. */
export class HostStage {
  private constructor(
    /** The state directory of the host; the person's repository lies in it too. */
    readonly root: string,
    readonly person: PersonRepository,
    /** No commit may hold the secret of `RunWorld`. */
    readonly surroundings: Surroundings,
  ) {}

  /** The person's repository has no commit yet. */
  static async open(tools: StageTools): Promise<HostStage> {
    const root = mkdtempSync(join(realpathSync(tmpdir()), 'missions-host-'));
    await chmod(root, 0o711);
    const person = PersonRepository.create(join(root, 'person'));
    return new HostStage(root, person, await surroundingsIn(root, tools));
  }

  /** Removes it; whatever ran there must have ended. */
  close(): void {
    rmSync(this.root, { recursive: true, force: true });
  }

  /** What is left of workspaces, by name. */
  workspaces(): readonly string[] {
    return readdirSync(join(this.root, 'workspaces'));
  }
}

async function surroundingsIn(root: string, { bwrap, stateDir }: StageTools): Promise<Surroundings> {
  const user = sandboxUser();
  const toolchain = await prepareToolchain(stateDir);
  const sandbox = new BubblewrapProvider({ stateDir: root, bwrap, toolchain });
  return {
    places: new HostPlaces(root),
    repositories: openRepositories(root, createRedactor({ secrets: [{ name: 'KEY', value: secret }] })),
    sandbox,
    layers: new SandboxedLayers({ stateDir: root, provider: sandbox, user }),
    toolchainKey: toolchain.key,
    openEgress: () => Promise.resolve(undefined),
    adopt: (directory) => adoptWorkspace(directory, user.uid),
    release: () => Promise.resolve(),
  };
}
