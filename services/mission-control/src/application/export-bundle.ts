import { createHash } from 'node:crypto';
import { bundlePaths, toCloudEvent, type BundleManifest, type EvidenceIndex } from '@missions/contracts';
import {
  isArtifactDigest,
  type ArtifactStore,
  type AuditSource,
  type StreamReader,
} from '@missions/event-store';
import type { EventEnvelope } from '@missions/kernel';
import { chronicleOf, missionStream, type Chronicle } from '@missions/mission';
import { evidenceFormatOf } from './evidence-format.ts';
import { evidenceOfMission } from './mission-evidence.ts';
import type { ReadMissions } from './read-missions.ts';
import type { ReadReport } from './read-report.ts';
import type { DeliveredWork, ReadWork } from './read-work.ts';

/** One file of the archive, below the mission's folder. */
export interface BundleFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** What is about to be handed over. The files come one at a time, always in the same order; the manifest is the last. */
export interface MissionBundle {
  readonly missionId: string;
  /** When the last fact in it happened: the time of every file, so that the same log gives the same archive. */
  readonly at: Date;
  readonly files: AsyncIterable<BundleFile>;
}

export interface ExportBundleParts {
  readonly missions: ReadMissions;
  readonly store: StreamReader;
  readonly audit: AuditSource;
  readonly artifacts: ArtifactStore;
  readonly reports: ReadReport;
  readonly work: ReadWork;
}

/** A mission as one archive: its report, every evidence, its work as patch and Git bundle, and the log they follow from. */
export class ExportBundle {
  constructor(private readonly parts: ExportBundleParts) {}

  /** Refuses as the mission and its repository do, before the first file. */
  async of(missionId: string, signal: AbortSignal): Promise<MissionBundle> {
    const { version } = await this.parts.missions.mission(missionId);
    const events = await this.parts.store.read(missionStream(missionId), { limit: version });
    const chronicle = chronicleOf(events);
    const delivered = await this.parts.work.delivered(chronicle.mission, signal);
    const parcel: Parcel = {
      chronicle,
      events,
      delivered,
      chainHash: await this.chainHash(missionId, version),
    };
    return { missionId, at: new Date(chronicle.lastAt), files: this.sealed(parcel, signal) };
  }

  private async chainHash(missionId: string, version: number): Promise<string> {
    const [event] = await this.parts.audit.stored(missionStream(missionId), { after: version - 1, limit: 1 });
    return Buffer.from(event?.hash ?? new Uint8Array()).toString('hex');
  }

  private async *sealed(parcel: Parcel, signal: AbortSignal): AsyncGenerator<BundleFile> {
    const files: BundleManifest['files'] = [];
    for await (const file of this.content(parcel)) {
      signal.throwIfAborted();
      const sha256 = createHash('sha256').update(file.bytes).digest('hex');
      files.push({ path: file.path, bytes: file.bytes.length, sha256 });
      yield file;
    }
    yield json(bundlePaths.manifest, manifestOf(parcel, files));
  }

  private async *content(parcel: Parcel): AsyncGenerator<BundleFile> {
    const { chronicle, events, delivered } = parcel;
    const { reports } = this.parts;
    yield json(bundlePaths.reportJson, reports.view(chronicle));
    yield text(bundlePaths.reportMarkdown, reports.markdown(chronicle));
    yield text(bundlePaths.reportHtml, await reports.html(chronicle));
    if (delivered) {
      if (delivered.patch !== undefined) yield text(bundlePaths.patch, delivered.patch);
      yield { path: bundlePaths.gitBundle, bytes: delivered.bundle };
    }
    yield text(
      bundlePaths.log,
      events
        .flatMap((event) => toCloudEvent(event) ?? [])
        .map(ndjson)
        .join(''),
    );
    yield* this.evidence(chronicle);
  }

  private async *evidence(chronicle: Chronicle): AsyncGenerator<BundleFile> {
    const index: EvidenceIndex = [];
    for (const { digest, uses } of evidenceOfMission(chronicle)) {
      const bytes = isArtifactDigest(digest) ? await this.parts.artifacts.get(digest) : undefined;
      if (bytes === undefined) {
        index.push({ digest, uses: [...uses] });
        continue;
      }
      const path = `evidence/${digest.slice('sha256:'.length)}.${evidenceFormatOf(bytes).extension}`;
      index.push({ digest, path, bytes: bytes.length, uses: [...uses] });
      yield { path, bytes };
    }
    yield json(bundlePaths.evidenceIndex, index);
  }
}

interface Parcel {
  readonly chronicle: Chronicle;
  readonly events: readonly EventEnvelope[];
  readonly delivered: DeliveredWork | undefined;
  readonly chainHash: string;
}

function manifestOf(
  { chronicle: { mission }, chainHash, delivered }: Parcel,
  files: BundleManifest['files'],
): BundleManifest {
  const baseSha = mission.repository?.baseSha;
  return {
    format: 'missions-bundle',
    formatVersion: 1,
    missionId: mission.id,
    seq: mission.version,
    chainHash,
    branch: `missions/${mission.id}`,
    ...(baseSha !== undefined && { baseSha }),
    ...(delivered && { headSha: delivered.headSha }),
    files,
  };
}

function text(path: string, content: string): BundleFile {
  return { path, bytes: Buffer.from(content, 'utf8') };
}

function json(path: string, value: unknown): BundleFile {
  return text(path, `${JSON.stringify(value, undefined, 2)}\n`);
}

function ndjson(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}
