import { randomUUID } from 'node:crypto';
import type { FindingDraft, checkRecordSchema } from '@missions/mission';
import type { ClaimedRun } from '@missions/runs';
import type { Surroundings } from '@missions/runtime';
import type { z } from 'zod';
import type { ProofSite } from '../proof/index.ts';

export type CheckRecord = z.infer<typeof checkRecordSchema>;

const limitMs = 600_000;
const outputKept = 4_000;

/** Runs the project's own tests in a clean room of the commit; their exit code is measured, and a failure is a finding. */
export async function projectTests(
  { mission, run, host, workSignal: signal }: ClaimedRun,
  surroundings: Surroundings,
  site: ProofSite,
): Promise<{ readonly checks: readonly CheckRecord[]; readonly findings: readonly FindingDraft[] }> {
  const command = mission.brief?.environment.test;
  if (command === undefined) return { checks: [], findings: [] };
  const directory = surroundings.places.workspace(`${run.id}-tests-${randomUUID().slice(0, 8)}`);
  try {
    await site.repository.checkoutClean({ sha: site.sha, directory }, signal);
    await surroundings.adopt(directory);
    if (site.layer) await surroundings.layers.copyInto(site.layer, directory);
    const session = await surroundings.sandbox.openSession({
      id: `tests-${run.id}-${String(run.token)}`,
      workspace: directory,
      signal,
    });
    try {
      const result = await session.run({ command, timeoutMs: limitMs, signal });
      signal.throwIfAborted();
      const output = host.redactor
        .redact(`${result.stdout}${result.stderr}`)
        .slice(-outputKept)
        .toWellFormed();
      const { exitCode } = result;
      const check = { name: 'tests', command, output, ...(exitCode !== undefined && { exitCode }) };
      return { checks: [check], findings: exitCode === 0 ? [] : [failed(check, result.timedOut)] };
    } finally {
      await session.close();
    }
  } finally {
    await site.repository.removeWorkspace({ directory });
  }
}

function failed({ command, exitCode, output }: CheckRecord, timedOut: boolean): FindingDraft {
  const ended = timedOut
    ? 'No end within its time.'
    : exitCode === undefined
      ? 'Killed.'
      : `Exit code ${String(exitCode)}.`;
  return {
    severity: 'major',
    category: 'regression',
    title: `The project's own tests fail: \`${command}\``.slice(0, 400).toWellFormed(),
    detail: `${ended}\n${output}`.slice(0, 8_000).toWellFormed(),
    assertionIds: [],
    featureIds: [],
  };
}
