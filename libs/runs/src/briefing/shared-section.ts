import { branchResource, grantedPaths, type Mission, type RunState } from '@missions/mission';
import { neutralLine } from '../context/hostile-text.ts';
import { joined, section } from './sections.ts';

/** What of other missions' work a build starts from. */
export interface SharedStart {
  /** Whose work was merged, as their logs tell it. */
  readonly others: readonly Mission[];
  readonly conflicts: readonly {
    readonly path: string;
    readonly kind: string;
    readonly detail: string;
    readonly missionId: string;
  }[];
}

const maxConflicts = 50;
const maxFeatures = 3;

/** What does not go together, with what each side wanted: it comes before everything else. */
export function conflictsSection(mission: Mission, start: SharedStart | undefined): string {
  const { conflicts, others } = start ?? { conflicts: [], others: [] };
  if (conflicts.length === 0) return '';
  const left = conflicts.length - maxConflicts;
  return section('Resolve these conflicts first', [
    'Somebody else changed the same files. They are laid out as Git merged them; keep what both sides wanted, and leave no conflict marker.',
    ...conflicts.slice(0, maxConflicts).map((conflict) => conflictLine(mission, conflict, others)),
    left > 0 ? `- and ${String(left)} more files` : undefined,
  ]);
}

/** What whoever plans features has to know of a mission that shares its files. */
export function sharingSection({ integration }: Mission): string {
  if (integration !== 'shared') return '';
  return section('Other missions work on this repository', [
    'Each feature locks what its `touches` name, and its worker may change nothing else: name every file or directory that it changes, its tests and documents among them, and no more than that. A feature without `touches` locks everything. Ports and environments are no part of a feature that changes files.',
  ]);
}

/** Whose work is there already, and what may be changed; nothing of an isolated mission. */
export function sharedSection(mission: Mission, run: RunState, start: SharedStart | undefined): string {
  if (mission.integration !== 'shared') return '';
  return joined(
    section(
      'Merged from other missions',
      (start?.others ?? []).map(({ id, goal }) => `- ${id}: ${neutralLine(goal, 300)}`),
    ),
    whatMayBeChanged(mission, run),
  );
}

function whatMayBeChanged({ repository }: Mission, { lock }: RunState): string {
  if (!repository || !lock) return '';
  const paths = grantedPaths(repository, lock.resources);
  if (lock.resources.includes(branchResource(repository))) return '';
  return section('What you may change', [
    `Other missions work on this repository at the same time. You may change ${paths.map((path) => `\`${path}\``).join(', ')}${paths.length === 1 ? '' : ', each'} and what lies below; a handoff that changes anything else is refused. Where you have the tool \`negotiate\`, ask with it before you change more.`,
  ]);
}

function conflictLine(
  mission: Mission,
  { path, kind, detail, missionId }: SharedStart['conflicts'][number],
  others: readonly Mission[],
): string {
  const other = others.find(({ id }) => id === missionId);
  return [
    `- \`${neutralLine(path, 300)}\` (${kind}): ${neutralLine(detail, 500)}`,
    ...wanted(mission, path).map((text) => `  this mission wanted: ${text}`),
    ...(other ? wanted(other, path).map((text) => `  ${missionId} wanted: ${text}`) : []),
  ].join('\n');
}

/** The newest features whose accepted work changed the file. */
function wanted({ features, handoffs }: Mission, path: string): readonly string[] {
  return handoffs
    .filter(({ claim, captured }) => claim.outcome === 'success' && captured.filesChanged.includes(path))
    .slice(-maxFeatures)
    .map(({ featureId, claim }) => {
      const title = features[featureId]?.definition.title ?? '';
      return `${featureId} ${neutralLine(title, 200)} — ${neutralLine(claim.salientSummary, 300)}`;
    });
}
