import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { isDeepStrictEqual } from 'node:util';
import {
  bundleManifestSchema,
  bundlePaths,
  cloudEventSchema,
  evidenceIndexSchema,
  missionReport,
  recordedFactOf,
  reportMarkdown,
  type BundleManifest,
} from '@missions/contracts';
import { chronicleOf } from '@missions/mission';
import { readArchive } from './read-archive.ts';

export interface VerifiedBundle {
  readonly ok: boolean;
  /** In sentences, worst first; empty when the archive is whole. */
  readonly problems: readonly string[];
  readonly missionId?: string;
  readonly seq?: number;
  /** To be compared with what `missions audit` says of the mission's stream. */
  readonly chainHash?: string;
  readonly headSha?: string;
  readonly files: number;
  readonly bytes: number;
}

interface Read {
  readonly bytes: number;
  readonly sha256: string;
}

/** Files whose content is looked into. */
const understood: ReadonlySet<string> = new Set([
  bundlePaths.manifest,
  bundlePaths.log,
  bundlePaths.reportJson,
  bundlePaths.reportMarkdown,
  bundlePaths.evidenceIndex,
]);

/**
 * Checks an archive by itself, without Mission Control: every file is the one that its manifest lists, every evidence is what
 * its digest names, and the report is what follows from the log beside it. Rejects with `BUNDLE_INVALID` for what is no
 * archive at all.
 */
export async function verifyBundle(zipped: Readable): Promise<VerifiedBundle> {
  const files = new Map<string, Read>();
  const texts = new Map<string, string>();
  const problems: string[] = [];
  for await (const { path: whole, bytes } of readArchive(zipped)) {
    const path = whole.slice(whole.indexOf('/') + 1);
    if (files.has(path)) problems.push(`${path} is there twice.`);
    files.set(path, { bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') });
    if (understood.has(path)) texts.set(path, Buffer.from(bytes).toString('utf8'));
  }
  const bytes = [...files.values()].reduce((sum, file) => sum + file.bytes, 0);
  const manifest = parsed(bundleManifestSchema, texts.get(bundlePaths.manifest));
  if (manifest === undefined)
    return {
      ok: false,
      problems: [...problems, 'It has no manifest that can be read.'],
      files: files.size,
      bytes,
    };
  problems.push(
    ...listedProblems(manifest, files),
    ...evidenceProblems(texts, files),
    ...reportProblems(manifest, texts),
  );
  const { missionId, seq, chainHash, headSha } = manifest;
  return {
    ...{ ok: problems.length === 0, problems, missionId, seq, chainHash },
    ...(headSha !== undefined && { headSha }),
    ...{ files: files.size, bytes },
  };
}

function listedProblems(
  { files: listed }: BundleManifest,
  files: ReadonlyMap<string, Read>,
): readonly string[] {
  const known = new Set<string>([bundlePaths.manifest, ...listed.map(({ path }) => path)]);
  return [
    ...listed.flatMap(({ path, bytes, sha256 }) => {
      const file = files.get(path);
      if (file === undefined) return [`${path} is missing.`];
      return file.sha256 === sha256 && file.bytes === bytes ? [] : [`${path} is not what was packed.`];
    }),
    ...[...files.keys()].filter((path) => !known.has(path)).map((path) => `${path} is not in the manifest.`),
  ];
}

function evidenceProblems(
  texts: ReadonlyMap<string, string>,
  files: ReadonlyMap<string, Read>,
): readonly string[] {
  const index = parsed(evidenceIndexSchema, texts.get(bundlePaths.evidenceIndex));
  if (index === undefined) return ['The index of the evidence cannot be read.'];
  return index.flatMap(({ digest, path }) => {
    if (path === undefined) return [`The evidence ${digest} was lost before the archive was made.`];
    const file = files.get(path);
    return file !== undefined && `sha256:${file.sha256}` === digest
      ? []
      : [`${path} is not the evidence ${digest}.`];
  });
}

/** The report is no document of its own: folding the log gives it again, to the letter. */
function reportProblems(
  { seq, missionId }: BundleManifest,
  texts: ReadonlyMap<string, string>,
): readonly string[] {
  const chronicle = chronicleOfLog(texts.get(bundlePaths.log) ?? '');
  if (chronicle === undefined) return ['The log cannot be read.'];
  const { mission } = chronicle;
  if (mission.version !== seq || mission.id !== missionId)
    return [
      `The log is that of ${mission.id} at ${String(mission.version)}, not of ${missionId} at ${String(seq)}.`,
    ];
  const report: unknown = JSON.parse(JSON.stringify(missionReport(chronicle)));
  return [
    ...(isDeepStrictEqual(report, jsonOf(texts.get(bundlePaths.reportJson)))
      ? []
      : ['The report does not follow from the log.']),
    ...(texts.get(bundlePaths.reportMarkdown) === reportMarkdown(missionReport(chronicle))
      ? []
      : ['The report in Markdown does not follow from the log.']),
  ];
}

function chronicleOfLog(log: string): ReturnType<typeof chronicleOf> | undefined {
  const events = log
    .split('\n')
    .filter(Boolean)
    .map((line) => cloudEventSchema.safeParse(jsonOf(line)).data);
  const facts = events.flatMap((event) => (event === undefined ? [] : [recordedFactOf(event)]));
  const isWhole =
    facts.length === events.length && facts.every(({ version }, index) => version === index + 1);
  return isWhole && facts.length > 0 ? chronicleOf(facts) : undefined;
}

function parsed<Value>(
  schema: { readonly safeParse: (value: unknown) => { readonly data?: Value | undefined } },
  text: string | undefined,
): Value | undefined {
  return schema.safeParse(jsonOf(text)).data;
}

function jsonOf(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}
