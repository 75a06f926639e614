import { rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { startStack, type Stack } from '@missions/cli/stack';
import {
  loadCredentials,
  makeDirectory,
  NATS_STOP,
  prepareStateDirectory,
  readStack,
  rememberProcess,
  startKeeper,
  startNats,
  stopStack,
  urlAs,
  withFileLock,
  type Credentials,
  type Keeper,
} from '@missions/local';
import { createLogDatabase, preparedLog, type LogDatabase } from './log-database.ts';

/** What every benchmark stands on: real servers with fsync, the product's schema, and the mission's owner as its own process. */
export interface Ground {
  readonly stack: Stack;
  readonly credentials: Credentials;
  /** The product's own database, with the plain table beside the log. */
  readonly product: LogDatabase;
  /** Another database on the same server, which the mission's owner knows nothing of. */
  readonly database: (name: string) => Promise<LogDatabase>;
  /** Where a benchmark may keep files; it goes with the ground. */
  readonly directory: string;
  /** Where programs that were fetched stay from run to run. */
  readonly tools: string;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
  /** A nats-server without users, for what a message costs at least. */
  readonly floorNatsUrl: string;
}

export interface GroundInput {
  /** The state directory; everything of the bench lies in its own folder there. */
  readonly state: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

const WAIT_FOR_ANOTHER_MS = 1_000;

/** Runs `work` on a fresh ground and clears everything up, whatever happens; one at a time on a state directory. */
export async function onGround<T>(input: GroundInput, work: (ground: Ground) => Promise<T>): Promise<T> {
  prepareStateDirectory(input.state);
  const folder = join(input.state, 'bench');
  return withFileLock(`${folder}.lock`, WAIT_FOR_ANOTHER_MS, async () => {
    await removeFolder(folder);
    makeFolder(folder, join(input.state, 'tools'));
    const keeper = startKeeper(join(folder, 'kept'));
    try {
      return await started({ ...input, state: folder }, keeper, work);
    } finally {
      await keeper.release();
      await removeFolder(folder);
    }
  });
}

async function started<T>(
  input: GroundInput,
  keeper: Keeper,
  work: (ground: Ground) => Promise<T>,
): Promise<T> {
  const { state, env, signal, say } = input;
  const stack = await startStack({
    state,
    cwd: state,
    env: { PATH: env['PATH'], HOME: env['HOME'] },
    port: 0,
    services: ['orchestrator-decide', 'resource-lock'],
    say,
    signal,
  });
  try {
    // Killed with -9, this process would leave the servers behind: the keeper ends them.
    for (const server of readStack(state).processes) rememberProcess(keeper.directory, server);
    return await work(await groundOf(stack, input, keeper));
  } finally {
    await stack.stop();
  }
}

async function groundOf(stack: Stack, { state, signal, say }: GroundInput, keeper: Keeper): Promise<Ground> {
  const credentials = loadCredentials(state);
  const role = 'missions_decide';
  const password = credentials.rolePasswords[role] ?? '';
  const serverUrl = stack.servers.databaseUrl;
  const nats = await startNats({
    stateDir: state,
    directory: join(state, 'floor-nats'),
    serverName: 'bench-floor',
    users: [],
    onSpawn: (identity) => {
      rememberProcess(keeper.directory, { name: 'floor-nats', ...identity, ...NATS_STOP });
    },
  });
  return {
    stack,
    credentials,
    product: await preparedLog(serverUrl, urlAs(serverUrl, role, password)),
    database: (name) => createLogDatabase({ serverUrl, name, role, password }),
    directory: join(state, 'files'),
    tools: join(state, 'tools'),
    signal,
    say,
    floorNatsUrl: nats.url,
  };
}

/** Also ends what a killed run left there. */
async function removeFolder(folder: string): Promise<void> {
  await stopStack(folder);
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}

/** A state directory of its own, which finds the fetched programs of this machine. */
function makeFolder(folder: string, tools: string): void {
  makeDirectory(folder, 0o711);
  makeDirectory(tools, 0o755);
  symlinkSync(tools, join(folder, 'tools'));
}
