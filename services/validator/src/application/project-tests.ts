import { randomUUID } from 'node:crypto';
import type { FindingDraft, checkRecordSchema } from '@missions/mission';
import type { ClaimedRun } from '@missions/runs';
import { prepareDependencies, setupLimitMs, type Surroundings } from '@missions/runtime';
import type { DependencyLayer } from '@missions/workspace';
import type { z } from 'zod';
import type { ProofSite } from '../proof/index.ts';
import { newlyFailing, type TestRun } from './failing-tests.ts';

export type CheckRecord = z.infer<typeof checkRecordSchema>;

interface Tested extends TestRun {
  readonly check: CheckRecord;
  readonly timedOut: boolean;
}

interface Room {
  readonly sha: string;
  readonly layer: DependencyLayer | undefined;
}

const limitMs = 600_000;
const outputKept = 4_000;

/**
 * Runs the project's own tests in a clean room of the commit; their exit code is measured. When they fail they are run on
 * the base too: what failed there before any work is no finding, what fails only now is.
 */
export async function projectTests(
  claimed: ClaimedRun,
  surroundings: Surroundings,
  site: ProofSite,
): Promise<{ readonly checks: readonly CheckRecord[]; readonly findings: readonly FindingDraft[] }> {
  const command = claimed.mission.brief?.environment.test;
  if (command === undefined) return { checks: [], findings: [] };
  const test = (room: Room, name: string): Promise<Tested> =>
    testIn(claimed, surroundings, { ...site, ...room, name, command });
  const now = await test({ sha: site.sha, layer: site.layer }, 'tests');
  if (now.exitCode === 0) return { checks: [now.check], findings: [] };
  const layer = await layerOfBase(claimed, surroundings, site);
  const base = await test({ sha: site.baseSha, layer }, 'tests on the base');
  const checks = [now.check, base.check];
  const failing = base.exitCode === 0 ? undefined : newlyFailing(now, base);
  return { checks, findings: failing?.length === 0 ? [] : [failed(now, failing)] };
}

/** A base whose dependencies cannot be installed is tested without them: its tests then fail by that, and hide nothing. */
async function layerOfBase(
  { mission, held, workSignal: signal }: ClaimedRun,
  surroundings: Surroundings,
  { repository, baseSha: sha }: ProofSite,
): Promise<DependencyLayer | undefined> {
  const command = mission.brief?.environment.setup;
  if (command === undefined) return undefined;
  held.show({ lastLine: command.slice(0, 120), quietMs: setupLimitMs });
  return prepareDependencies(surroundings, { command, repository, sha, signal }).catch(() => {
    signal.throwIfAborted();
    return undefined;
  });
}

async function testIn(
  { run, host, held, workSignal: signal }: ClaimedRun,
  surroundings: Surroundings,
  room: Room & Pick<ProofSite, 'repository'> & { readonly name: string; readonly command: string },
): Promise<Tested> {
  const { repository, sha, layer, name, command } = room;
  held.show({ lastLine: `${name}: ${command}`.slice(0, 120), quietMs: limitMs });
  const directory = surroundings.places.workspace(`${run.id}-tests-${randomUUID().slice(0, 8)}`);
  try {
    await repository.checkoutClean({ sha, directory }, signal);
    await surroundings.adopt(directory);
    if (layer) await surroundings.layers.copyInto(layer, directory);
    const session = await surroundings.sandbox.openSession({
      id: `tests-${run.id}-${String(run.token)}`,
      workspace: directory,
      signal,
    });
    try {
      const result = await session.run({ command, timeoutMs: limitMs, signal });
      signal.throwIfAborted();
      const output = host.redactor.redact(`${result.stdout}${result.stderr}`);
      const { exitCode, timedOut } = result;
      const kept = output.slice(-outputKept).toWellFormed();
      const check = { name, command, output: kept, ...(exitCode !== undefined && { exitCode }) };
      return { check, exitCode, output, timedOut };
    } finally {
      await session.close();
    }
  } finally {
    await repository.removeWorkspace({ directory });
  }
}

function failed({ check, exitCode, timedOut }: Tested, failing: readonly string[] | undefined): FindingDraft {
  const ended = timedOut
    ? 'No end within its time.'
    : exitCode === undefined
      ? 'Killed.'
      : `Exit code ${String(exitCode)}.`;
  const only = failing ? `On the base these did not fail: ${failing.join(', ').slice(0, 2_000)}.\n` : '';
  return {
    severity: 'major',
    category: 'regression',
    title: `The project's own tests fail: \`${check.command}\``.slice(0, 400).toWellFormed(),
    detail: `${ended}\n${only}${check.output}`.slice(0, 8_000).toWellFormed(),
    assertionIds: [],
    featureIds: [],
  };
}
