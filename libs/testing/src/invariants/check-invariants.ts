import { acknowledgedCommands } from './acknowledged-commands.ts';
import type { Branch, Evidence, InvariantSubject } from './evidence.ts';
import { fencedEffects } from './fenced-effects.ts';
import { frozenContract } from './frozen-contract.ts';
import { gapFreeStreams } from './gap-free-streams.ts';
import { gatherBranch } from './gather-branches.ts';
import { gatherDeposits } from './gather-deposits.ts';
import { gatherLog, type GatheredLog } from './gather-log.ts';
import { gatherProcesses } from './gather-processes.ts';
import { linearHistory } from './linear-history.ts';
import { measuredPasses } from './measured-passes.ts';
import { noSecrets } from './no-secrets.ts';
import { nothingStuck } from './nothing-stuck.ts';
import { oneRunAtATime } from './one-run-at-a-time.ts';
import { pauseAndCancel } from './pause-and-cancel.ts';
import { processesEnd } from './processes-end.ts';
import { readModels } from './read-models.ts';
import { spendWithinBudget } from './spend-within-budget.ts';
import { subscribers } from './subscribers.ts';
import { invariants, type Check, type Invariant, type Violation } from './violation.ts';

const checks: Readonly<Record<Invariant, Check>> = {
  I1: acknowledgedCommands,
  I2: gapFreeStreams,
  I3: linearHistory,
  I4: oneRunAtATime,
  I5: fencedEffects,
  I6: frozenContract,
  I7: spendWithinBudget,
  I8: nothingStuck,
  I9: readModels,
  I10: subscribers,
  I11: processesEnd,
  I12: noSecrets,
  I13: measuredPasses,
  I14: pauseAndCancel,
};

/**
 * Looks for violations of every invariant, in nothing but the log, Git, the files of the stack and the process table.
 * Only reads; may run while the stack works, but then rows beside the log may be caught between two commits.
 */
export async function checkInvariants(subject: InvariantSubject): Promise<readonly Violation[]> {
  const evidence = await gatherEvidence(subject);
  return invariants.flatMap((invariant) => checks[invariant](evidence).map((what) => ({ invariant, what })));
}

export async function gatherEvidence(subject: InvariantSubject): Promise<Evidence> {
  const { stateDir, secrets = [] } = subject;
  const log = await gatherLog(subject.databaseUrl, { withArtifacts: secrets.length > 0 });
  return {
    ...log,
    subject,
    branches: branchesOf(subject, log),
    processes: stateDir === undefined ? [] : gatherProcesses(stateDir),
    deposits: [
      ...log.deposits,
      ...(stateDir === undefined || secrets.length === 0 ? [] : gatherDeposits(stateDir)),
    ],
  };
}

function branchesOf({ repositories = [] }: InvariantSubject, { missions }: GatheredLog): readonly Branch[] {
  return repositories.flatMap(({ missionId, path }) => {
    const baseSha = missions.find(({ id }) => id === missionId)?.now.repository?.baseSha;
    return baseSha === undefined ? [] : [gatherBranch({ missionId, path, baseSha })];
  });
}
