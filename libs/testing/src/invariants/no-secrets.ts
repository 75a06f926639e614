import type { Deposit, Evidence } from './evidence.ts';
import type { Check } from './violation.ts';

/** I12: none of the given values is in the log, an artifact, a commit, JetStream's files or a service's log. */
export const noSecrets: Check = (evidence) => {
  const secrets = evidence.subject.secrets ?? [];
  if (secrets.length === 0) return [];
  return places(evidence).flatMap(({ where, text }) =>
    secrets.flatMap((secret, index) =>
      holds(text, secret) ? [`secret ${String(index + 1)} is in ${where}`] : [],
    ),
  );
};

function places({ streams, branches, deposits }: Evidence): readonly Deposit[] {
  return [
    ...[...streams.values()].flat().map(({ stream, version, text }) => ({
      where: `${stream} at version ${String(version)}`,
      text,
    })),
    ...branches.map(({ missionId, patch }) => ({ where: `a commit of ${missionId}`, text: patch })),
    ...deposits,
  ];
}

/** Also as JSON escapes it. */
function holds(text: string, secret: string): boolean {
  return text.includes(secret) || text.includes(JSON.stringify(secret).slice(1, -1));
}
