import { DomainError } from '@missions/kernel';

/** A Git bundle (version 2 or 3): what it rests on, what it brings, and the pack. */
export interface ParsedBundle {
  readonly prerequisites: readonly string[];
  readonly tips: readonly string[];
  readonly pack: Uint8Array;
}

const MAX_HEADER_BYTES = 1024 * 1024;

/** Refuses BUNDLE_INVALID. Format: https://git-scm.com/docs/bundle-format */
export function parseBundle(bundle: Uint8Array): ParsedBundle {
  const bytes = Buffer.from(bundle.buffer, bundle.byteOffset, bundle.byteLength);
  const end = bytes.subarray(0, MAX_HEADER_BYTES).indexOf('\n\n');
  const [signature = '', ...lines] = bytes.subarray(0, Math.max(end, 0)).toString('utf8').split('\n');
  if (!/^# v[23] git bundle$/.test(signature)) throw bundleInvalid('it is not a Git bundle');
  const pack = bytes.subarray(end + 2);
  if (pack.length < 32 || pack.toString('latin1', 0, 4) !== 'PACK')
    throw bundleInvalid('its pack is cut off');
  return { ...parseLines(lines), pack };
}

function parseLines(lines: readonly string[]): Pick<ParsedBundle, 'prerequisites' | 'tips'> {
  const prerequisites: string[] = [];
  const tips: string[] = [];
  for (const line of lines) {
    if (line === '@object-format=sha1') continue;
    const [, minus, sha] = /^(-?)([0-9a-f]{40})(?: .*)?$/.exec(line) ?? [];
    if (sha === undefined) throw bundleInvalid(`its header has a line that is not understood`);
    (minus === '-' ? prerequisites : tips).push(sha);
  }
  return { prerequisites, tips };
}

export function formatBundle(
  range: { from?: string; to: string; ref: string },
  pack: Uint8Array,
): Uint8Array {
  const prerequisite = range.from === undefined ? '' : `-${range.from} \n`;
  return Buffer.concat([Buffer.from(`# v2 git bundle\n${prerequisite}${range.to} ${range.ref}\n\n`), pack]);
}

export function bundleInvalid(why: string, evidence: Readonly<Record<string, unknown>> = {}): DomainError {
  return new DomainError('BUNDLE_INVALID', `The bundle cannot be used: ${why}.`, evidence);
}
