import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { chmod, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findTool, stateDirectory } from '@missions/local';
import { HostPlaces, hostProcess, type Surroundings } from '@missions/runtime';
import { GitMissionRepositories } from '@missions/workspace/git';
import {
  adoptWorkspace,
  BubblewrapProvider,
  hostBrowser,
  prepareToolchain,
  sandboxUser,
  SandboxedLayers,
  type FindBrowser,
  type Toolchain,
} from '@missions/workspace/sandbox';

/** Where cases are played: real Git, real sandboxes, and a place of its own for each, which goes with the stage. */
export interface Stage extends Disposable {
  readonly directory: string;
  /** Surroundings that nothing of another case can reach; `leave` removes them. */
  readonly place: (
    name: string,
  ) => Promise<{ readonly surroundings: Surroundings; readonly leave: () => void }>;
}

/** `say` receives a line when something that proofs need is fetched. */
export async function openStage(say: (line: string) => void): Promise<Stage> {
  const directory = mkdtempSync(join(realpathSync(tmpdir()), 'missions-corpus-'));
  await chmod(directory, 0o711);
  const stateDir = stateDirectory();
  const parts = {
    bwrap: await findTool('bwrap'),
    toolchain: await prepareToolchain(stateDir),
    findBrowser: hostBrowser({ stateDir, env: hostProcess().env, say }),
  };
  return {
    directory,
    place: async (name) => {
      const root = join(directory, name);
      await mkdir(root);
      await chmod(root, 0o711);
      return {
        surroundings: surroundingsIn(root, parts),
        leave: () => {
          rmSync(root, { recursive: true, force: true });
        },
      };
    },
    [Symbol.dispose]: () => {
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

interface HostParts {
  readonly bwrap: string;
  readonly toolchain: Toolchain;
  readonly findBrowser: FindBrowser;
}

function surroundingsIn(stateDir: string, parts: HostParts): Surroundings {
  const user = sandboxUser();
  const sandbox = new BubblewrapProvider({ stateDir, ...parts });
  return {
    places: new HostPlaces(stateDir),
    // A worker of the corpus commits what a supervisor would refuse, so that the second look at it is seen to work.
    repositories: new GitMissionRepositories({ stateDir, scan: () => [] }),
    sandbox,
    layers: new SandboxedLayers({ stateDir, provider: sandbox, user }),
    toolchainKey: parts.toolchain.key,
    openEgress: () => Promise.resolve(undefined),
    adopt: (path) => adoptWorkspace(path, user.uid),
    release: () => Promise.resolve(),
  };
}
