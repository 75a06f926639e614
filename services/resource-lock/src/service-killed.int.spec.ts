import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { resourceSubjects, stateReplySchema } from '@missions/leasing';
import {
  settle,
  temporaryDirectory,
  testDatabase,
  testNats,
  type TemporaryDirectory,
} from '@missions/testing';
import { hourMs, LockStage } from './testing/wiring/lock-stage.ts';

const repository = fileURLToPath(new URL('../../..', import.meta.url));
const points = ['resource-lock.before-append', 'resource-lock.after-append'] as const;

let state: TemporaryDirectory;
let stage: LockStage;
let doomed: ChildProcess | undefined;
/** Of the case: no other uses it. */
let scope: string;

beforeAll(async () => {
  await promisify(execFile)(process.execPath, [join(repository, 'tools/compile.mjs')]);
  state = temporaryDirectory();
  stage = await LockStage.open({ testDatabase, testNats, answerMs: 2000 });
}, 60_000);

beforeEach(async () => {
  scope = stage.newScope();
  await startReplica();
});

afterEach(async () => {
  await stage.stopReplicas();
  if (doomed?.exitCode === null && doomed.signalCode === null) {
    doomed.kill('SIGKILL');
    await once(doomed, 'exit');
  }
});

afterAll(async () => {
  await stage.close();
  state.remove();
});

/** One that answers: what it listens to reaches the bus a little later than it says so. */
async function startReplica(): Promise<void> {
  await stage.replica();
  await settle(() => stage.ask(resourceSubjects.state, { scope }));
}

/** The service as a process that dies at this point, the first time it comes there; resolves when it is ready. */
async function startDoomed(point: string, marker: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, [join(repository, 'services/resource-lock/dist/main.js')], {
    env: {
      MISSIONS_DATABASE_URL: stage.serviceUrl,
      MISSIONS_NATS_URL: stage.natsUrl,
      MISSIONS_STATE: state.path,
      MISSIONS_LIMITS_SWEEP_MS: '50',
      MISSIONS_KILL_AT: point,
      MISSIONS_KILL_MARKER: marker,
      HOME: state.path,
    },
    cwd: state.path,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  doomed = child;
  const ready = new Promise<void>((resolve) => {
    createInterface(child.stdout).on('line', (line) => {
      if (line.includes('"Ready"')) resolve();
    });
  });
  await ready;
  return child;
}

const src = () => `path:/${scope}/main/src`;
const negotiationId = 'b/1';

/** `a` holds and may give way, `b` waits and has been offered something. */
async function talking(): Promise<number> {
  const token = await stage.granted('a', { resources: [{ resource: src(), mode: 'U' }] });
  await stage.claim('b', { resources: [`${src()}/api`] });
  const talk = { scope, negotiationId };
  await stage.ask(resourceSubjects.openNegotiation, { ...talk, claimId: 'b', withinMs: hourMs });
  await stage.ask(resourceSubjects.propose, {
    ...{ ...talk, proposalId: 'p1', holder: { claimId: 'a', token } },
    offer: { kind: 'narrow', keep: [{ resource: `${src()}/web`, mode: 'U' }] },
  });
  return token;
}

/** What is asked when the service dies, and what it adds to the ledger, once. */
const commands: Readonly<
  Record<string, { readonly ask: (token: number) => Promise<unknown>; readonly events: readonly string[] }>
> = {
  'a claim': {
    ask: () => stage.claim('c', { resources: [`path:/${scope}/main/docs`] }),
    events: ['LockRequested', 'LockGranted'],
  },
  'a release': {
    ask: (token) => stage.ask(resourceSubjects.release, { scope, claimId: 'a', token }),
    events: ['LockReleased', 'NegotiationFailed', 'LockGranted'],
  },
  'an acceptance': {
    ask: () =>
      stage.ask(resourceSubjects.accept, {
        ...{ scope, negotiationId, proposalId: 'p1' },
        by: { claimId: 'b' },
      }),
    events: ['ProposalAccepted', 'NegotiationSettled', 'LockNarrowed', 'LockGranted'],
  },
  'an upgrade': {
    ask: (token) =>
      stage.ask(resourceSubjects.upgrade, { scope, claimId: 'a', token, commandId: 'upgrade-1' }),
    events: ['LockUpgradeRequested', 'LockUpgraded'],
  },
  'a withdrawal': {
    ask: () => stage.ask(resourceSubjects.withdraw, { scope, claimId: 'b' }),
    events: ['LockWithdrawn', 'NegotiationFailed'],
  },
};

const cases = points.flatMap((point) =>
  Object.entries(commands).map(([what, command]) => ({ point, what, ...command })),
);

/** The ledger's types of events, and whether exactly what it says is held has a clock. */
async function ledger(): Promise<{ readonly types: readonly string[]; readonly isConsistent: boolean }> {
  const { held } = stateReplySchema.parse(await stage.ask(resourceSubjects.state, { scope }));
  const clocks = held.map(({ claimId, token }) => ({ claimId, token }));
  const byId = clocks.toSorted((one, other) => (one.claimId < other.claimId ? -1 : 1));
  const isConsistent = JSON.stringify(await stage.leases(scope)) === JSON.stringify(byId);
  return { types: (await stage.events(scope)).map(({ type }) => type), isConsistent };
}

describe('the service, killed', () => {
  it.each(cases)('at $point of $what, does it once when asked again', async ({ point, ask, events }) => {
    const token = await talking();
    const before = (await ledger()).types;
    await stage.stopReplicas();
    const marker = join(state.path, scope);
    const child = await startDoomed(point, marker);
    const died = once(child, 'exit');
    const unanswered = settle(() => ask(token)).catch(() => undefined);
    expect(await died).toEqual([null, 'SIGKILL']);
    expect(existsSync(marker)).toBe(true);
    await startReplica();
    await Promise.all([unanswered, ask(token)]);
    const after = await ledger();
    expect(after.types.slice(before.length).toSorted()).toEqual([...events].toSorted());
    expect(after.isConsistent).toBe(true);
  });

  it.each(points)('at %s of an expiry, ends the lease once', async (point) => {
    await stage.granted('a', { resources: [src()], ttlMs: 1500 });
    await stage.claim('b', { resources: [src()] });
    await stage.stopReplicas();
    const child = await startDoomed(point, join(state.path, scope));
    expect(await once(child, 'exit')).toEqual([null, 'SIGKILL']);
    await startReplica();
    await settle(async () => (await ledger()).types.includes('LockExpired'), { limitMs: 20_000 });
    expect(await ledger()).toEqual({
      types: ['LockRequested', 'LockGranted', 'LockRequested', 'LockExpired', 'LockGranted'],
      isConsistent: true,
    });
  });
});
