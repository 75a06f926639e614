import { missingReferences, referencesIn, type FileView } from '@missions/agent-tools';
import { isRefusal } from '@missions/kernel';
import { rootFeatureId, type FindingDraft, type Mission } from '@missions/mission';
import { placeOf } from './distinct-findings.ts';

interface Reviewing {
  readonly mission: Mission;
  /** The feature that was reviewed. */
  readonly featureId: string;
  readonly files: Pick<FileView, 'read'>;
  readonly signal: AbortSignal;
}

const maxDetail = 8_000;

/**
 * A reviewer's finding as it enters a report: a claim, so at most major; with the place it names looked up at the commit, and
 * given to the features whose commits changed that place.
 */
export async function locatedFinding(
  finding: FindingDraft,
  { mission, featureId, files, signal }: Reviewing,
): Promise<FindingDraft> {
  const lost = finding.location === undefined ? undefined : await lostPlace(finding.location, files, signal);
  const notes = [
    `Held by the reviewer of ${featureId}.`,
    ...(lost === undefined ? [] : [`(checked: ${lost} leads nowhere at this commit)`]),
  ];
  const detail = `${notes.join(' ')}\n${finding.detail}`;
  return {
    ...finding,
    severity: finding.severity === 'blocker' ? 'major' : finding.severity,
    detail: detail.slice(0, maxDetail).toWellFormed(),
    featureIds: finding.featureIds.length > 0 ? finding.featureIds : ownersOf(finding, mission, featureId),
  };
}

/** What a location names and the commit does not have. */
async function lostPlace(
  location: string,
  files: Pick<FileView, 'read'>,
  signal: AbortSignal,
): Promise<string | undefined> {
  const references = referencesIn(location);
  if (references.length > 0) {
    const [missing] = await missingReferences(files, references, signal);
    return missing && `${missing.path}:${String(missing.line)}`;
  }
  const path = location.trim();
  try {
    await files.read(path, signal);
    return undefined;
  } catch (error) {
    if (isRefusal(error)) return path.slice(0, 200);
    throw error;
  }
}

/** The reviewed feature where it changed that place itself, or nobody did; else those that did. */
function ownersOf(finding: FindingDraft, mission: Mission, featureId: string): string[] {
  const owners = featuresAt(finding, mission);
  return owners.length === 0 || owners.includes(featureId) ? [featureId] : owners;
}

/** The features whose commits changed the file that a finding names, a fix by its root. */
export function featuresAt(finding: Pick<FindingDraft, 'location'>, mission: Mission): string[] {
  const { path } = placeOf(finding);
  const changed = Object.values(mission.features)
    .filter(({ filesChanged }) => path !== undefined && filesChanged.includes(path))
    .map(({ definition }) => rootFeatureId(mission, definition.id));
  return [...new Set(changed)].slice(0, 100);
}
