import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
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
  { mission, run, host, signal }: ClaimedRun,
  surroundings: Surroundings,
  site: ProofSite,
): Promise<{ readonly checks: readonly CheckRecord[]; readonly findings: readonly FindingDraft[] }> {
  const command = mission.brief?.environment.test;
  if (command === undefined) return { checks: [], findings: [] };
  const directory = join(surroundings.stateDir, 'workspaces', `tests-${randomUUID()}`);
  await site.repository.checkoutClean({ sha: site.sha, directory }, signal);
  try {
    await surroundings.adopt(directory);
    if (site.layer) await surroundings.layers.copyInto(site.layer, directory);
    const session = await surroundings.sandbox.openSession({
      id: `tests-${run.id}-${String(run.token)}`,
      workspace: directory,
      signal,
    });
    try {
      const result = await session.run({ command, timeoutMs: limitMs, signal });
      const output = host.redactor
        .redact(`${result.stdout}${result.stderr}`)
        .slice(-outputKept)
        .toWellFormed();
      const { exitCode } = result;
      const check = { name: 'tests', command, output, ...(exitCode !== undefined && { exitCode }) };
      return { checks: [check], findings: exitCode === 0 ? [] : [failed(command, check)] };
    } finally {
      await session.close();
    }
  } finally {
    await site.repository.removeWorkspace({ directory });
  }
}

function failed(command: string, { exitCode, output }: CheckRecord): FindingDraft {
  return {
    severity: 'major',
    category: 'regression',
    title: `The project's own tests fail: \`${command}\``.slice(0, 400),
    detail: `Exit code ${String(exitCode)}.\n${output}`.slice(0, 8_000),
    assertionIds: [],
    featureIds: [],
  };
}
