import { isMissionEventType, type MissionEventType, type RecordedFact } from '@missions/mission';
import { z } from 'zod';
import { publicNameOf, type CloudEvent } from './cloud-event.ts';
import { publicEventNames } from './public-event-names.ts';

/** What lies where in the archive of a mission, below one folder named after the mission. */
export const bundlePaths = {
  reportJson: 'report.json',
  reportMarkdown: 'report.md',
  reportHtml: 'report.html',
  patch: 'mission.patch',
  gitBundle: 'mission.bundle',
  log: 'log.ndjson',
  evidenceIndex: 'evidence/index.json',
  manifest: 'MANIFEST.json',
} as const;

/** Every file of the archive but itself, and where in the mission's log the archive was made. */
export const bundleManifestSchema = z
  .strictObject({
    format: z.literal('missions-bundle'),
    formatVersion: z.literal(1),
    missionId: z.string(),
    /** Everything in the archive is of this version of the mission. */
    seq: z.int(),
    /** The hash of the mission's stream at `seq`, in hexadecimal: `missions audit` recomputes the chain that leads to it. */
    chainHash: z.string(),
    branch: z.string(),
    baseSha: z.string().optional(),
    /** Absent when nothing was accepted: then there is neither a patch nor a Git bundle. */
    headSha: z.string().optional(),
    files: z.array(
      z.strictObject({
        path: z.string(),
        bytes: z.int().nonnegative(),
        sha256: z.string().regex(/^[0-9a-f]{64}$/),
      }),
    ),
  })
  .meta({ id: 'BundleManifest' });

export type BundleManifest = z.infer<typeof bundleManifestSchema>;

/** Where each piece of evidence is used; one that the store has lost is named all the same. */
export const evidenceIndexSchema = z.array(
  z.strictObject({
    digest: z.string(),
    /** Relative to the archive's folder; absent when the bytes are missing. */
    path: z.string().optional(),
    bytes: z.int().optional(),
    uses: z.array(
      z.strictObject({
        assertionId: z.string(),
        kind: z.string(),
        /** `baseline`, or the verdict it belongs to. */
        of: z.string(),
        seq: z.int(),
        command: z.string().optional(),
        exitCode: z.int().optional(),
      }),
    ),
  }),
);

export type EvidenceIndex = z.infer<typeof evidenceIndexSchema>;

const typeOfName = new Map(
  Object.entries(publicEventNames).map(([type, name]) => [name as string, type as MissionEventType]),
);

/** The fact that a public event tells of: what the log of an archive is folded from. */
export function recordedFactOf(event: CloudEvent): RecordedFact {
  const name = publicNameOf(event);
  const type = typeOfName.get(name) ?? name;
  return {
    type: isMissionEventType(type) ? type : name,
    data: event.data,
    version: event.sequence,
    occurredAt: event.time,
  };
}
