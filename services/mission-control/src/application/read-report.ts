import {
  missionReport,
  reportHtml,
  reportMarkdown,
  type ReportView,
  type ShownEvidence,
} from '@missions/contracts';
import { isArtifactDigest, type ArtifactStore } from '@missions/event-store';
import type { Chronicle } from '@missions/mission';
import { evidenceFormatOf } from './evidence-format.ts';

export interface ReadReportLimits {
  readonly maxImageBytes: number;
  /** Of everything that is shown in one page. */
  readonly maxShownBytes: number;
  readonly maxTextCharacters: number;
}

const defaultLimits: ReadReportLimits = {
  maxImageBytes: 4 * 1024 * 1024,
  maxShownBytes: 24 * 1024 * 1024,
  maxTextCharacters: 8000,
};

/** The report of a mission in each of its forms; all of them say the same. */
export class ReadReport {
  constructor(
    private readonly artifacts: ArtifactStore,
    private readonly limits = defaultLimits,
  ) {}

  view(chronicle: Chronicle): ReportView {
    return missionReport(chronicle);
  }

  markdown(chronicle: Chronicle): string {
    return reportMarkdown(missionReport(chronicle));
  }

  /** With the evidence of every last verdict in the page itself, as far as it fits. */
  async html(chronicle: Chronicle): Promise<string> {
    const report = missionReport(chronicle);
    const shown: ShownEvidence[] = [];
    let left = this.limits.maxShownBytes;
    for (const { digest, ...about } of evidenceOf(report)) {
      const bytes = isArtifactDigest(digest) ? await this.artifacts.get(digest) : undefined;
      const content = this.contentOf(bytes, left);
      if (bytes && !('missing' in content)) left -= Math.min(bytes.length, left);
      shown.push({ ...about, digest, content });
    }
    return reportHtml(report, shown);
  }

  private contentOf(bytes: Uint8Array | undefined, left: number): ShownEvidence['content'] {
    if (bytes === undefined) return { missing: 'the artifact is missing' };
    const { maxImageBytes, maxTextCharacters } = this.limits;
    const { image, text } = evidenceFormatOf(bytes);
    if (image !== undefined) {
      if (bytes.length > Math.min(maxImageBytes, left)) return { missing: 'too large to be shown here' };
      return { image: `data:${image};base64,${Buffer.from(bytes).toString('base64')}` };
    }
    if (text === undefined) return { missing: `${String(bytes.length)} bytes that are no text` };
    if (left <= 0) return { missing: 'too much to be shown here' };
    return { text: text.slice(0, maxTextCharacters), truncated: text.length > maxTextCharacters };
  }
}

interface Named {
  readonly assertionId: string;
  readonly kind: string;
  readonly digest: string;
}

/** Each artifact once, where it is named first. */
function evidenceOf({ assertions }: ReportView): readonly Named[] {
  const named = assertions.flatMap(({ id, evidence }) =>
    evidence.map(({ kind, artifact }): Named => ({ assertionId: id, kind, digest: artifact })),
  );
  return [...new Map(named.toReversed().map((one) => [one.digest, one])).values()].toReversed();
}
