import type { EvidenceIndex } from '@missions/contracts';
import type { Chronicle, Evidence } from '@missions/mission';

type Use = EvidenceIndex[number]['uses'][number];

export interface UsedEvidence {
  readonly digest: string;
  readonly uses: readonly Use[];
}

/** Everything the engine captured for a mission's proofs, each artifact once, in the order in which it was captured. */
export function evidenceOfMission({ baselines, verdicts }: Chronicle): readonly UsedEvidence[] {
  const named = [
    ...Object.values(baselines).flatMap(({ assertionId, seq, evidence }) =>
      evidence.map((one) => useOf(one, { assertionId, seq, of: 'baseline' })),
    ),
    ...verdicts.flatMap(({ assertionId, seq, evidence, milestoneId, round, verdict }) =>
      evidence.map((one) =>
        useOf(one, { assertionId, seq, of: `${milestoneId}.${String(round)} ${verdict}` }),
      ),
    ),
  ].sort((left, right) => left.use.seq - right.use.seq);
  const byDigest = new Map<string, Use[]>();
  for (const { digest, use } of named) byDigest.set(digest, [...(byDigest.get(digest) ?? []), use]);
  return [...byDigest].map(([digest, uses]) => ({ digest, uses }));
}

function useOf(
  { artifact, kind, command, exitCode }: Evidence,
  where: Pick<Use, 'assertionId' | 'seq' | 'of'>,
): { readonly digest: string; readonly use: Use } {
  const use = {
    ...where,
    kind,
    ...(command !== undefined && { command }),
    ...(exitCode !== undefined && { exitCode }),
  };
  return { digest: artifact, use };
}
