import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { sentenceText } from '@missions/contracts';
import { CliError } from '../cli-error.ts';

export interface ArchiveFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

const BLOCK = 512;
/** More than any file that Mission Control packs; a length beyond it is no length. */
const MAX_FILE_BYTES = 512 * 1024 * 1024;

/**
 * The files of a `.tar.gz` as Mission Control writes it: plain files, ustar headers with a right checksum, and nothing else.
 * What a general reader would be lenient about is refused with `BUNDLE_INVALID`, since this is read to be checked.
 */
export async function* readArchive(zipped: Readable): AsyncGenerator<ArchiveFile> {
  const input = new Blocks(zipped.pipe(createGunzip()));
  zipped.once('error', (error) => input.fail(error));
  try {
    for (let file = await nextFile(input); file !== undefined; file = await nextFile(input)) yield file;
  } finally {
    zipped.destroy();
  }
}

async function nextFile(input: Blocks): Promise<ArchiveFile | undefined> {
  const header = await input.take(BLOCK);
  if (header === undefined) throw invalid('it ends before its end mark');
  if (header.every((byte) => byte === 0)) {
    await input.requireEnd();
    return undefined;
  }
  const { path, size } = headerOf(header);
  const bytes = await input.take(size);
  const padding = await input.take((BLOCK - (size % BLOCK)) % BLOCK);
  if (bytes === undefined || padding === undefined) throw invalid(`${path} is cut off`);
  return { path, bytes };
}

/** Takes exactly so many bytes from a stream of chunks. */
class Blocks {
  private readonly chunks: AsyncIterator<Buffer, undefined>;
  private held: Buffer = Buffer.alloc(0);

  constructor(private readonly stream: Readable) {
    this.chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer, undefined>;
  }

  fail(error: Error): void {
    this.stream.destroy(error);
  }

  /** Undefined when the stream ends before. */
  async take(length: number): Promise<Buffer | undefined> {
    const parts = [this.held];
    let has = this.held.length;
    while (has < length) {
      const chunk = await this.next();
      if (chunk === undefined) return undefined;
      parts.push(chunk);
      has += chunk.length;
    }
    const all = parts.length === 1 ? this.held : Buffer.concat(parts);
    this.held = all.subarray(length);
    return all.subarray(0, length);
  }

  /** Behind the end mark there are only zeros. */
  async requireEnd(): Promise<void> {
    for (let chunk: Buffer | undefined = this.held; chunk !== undefined; chunk = await this.next())
      if (chunk.some((byte) => byte !== 0)) throw invalid('something follows its end mark');
  }

  private async next(): Promise<Buffer | undefined> {
    try {
      const step: IteratorResult<Buffer, undefined> = await this.chunks.next();
      return step.done === true ? undefined : step.value;
    } catch (error) {
      throw invalid(error instanceof Error ? error.message : String(error), error);
    }
  }
}

function headerOf(header: Buffer): { readonly path: string; readonly size: number } {
  const name = textOf(header, 0, 100);
  const prefix = textOf(header, 345, 155);
  const path = prefix === '' ? name : `${prefix}/${name}`;
  if (textOf(header, 257, 6) !== 'ustar' || numberOf(header, 148, 8) !== checksumOf(header))
    throw invalid('a header of it is damaged');
  const type = String.fromCharCode(header[156] ?? 0);
  if (type !== '0') throw invalid(`${path} is no plain file`);
  if (!/^[a-z0-9-]+(?:\/[A-Za-z0-9][A-Za-z0-9._-]*)+$/u.test(path))
    throw invalid('a path in it leads elsewhere');
  const size = numberOf(header, 124, 12);
  if (!Number.isSafeInteger(size) || size > MAX_FILE_BYTES) throw invalid(`${path} has no sensible length`);
  return { path, size };
}

function textOf(header: Buffer, from: number, length: number): string {
  const field = header.subarray(from, from + length);
  const end = field.indexOf(0);
  return field
    .subarray(0, end === -1 ? length : end)
    .toString('utf8')
    .trimEnd();
}

function numberOf(header: Buffer, from: number, length: number): number {
  const text = textOf(header, from, length).trim();
  return /^[0-7]+$/u.test(text) ? Number.parseInt(text, 8) : Number.NaN;
}

/** The sum of all bytes, those of the checksum itself counted as spaces. */
function checksumOf(header: Buffer): number {
  return header.reduce((sum, byte, index) => sum + (index >= 148 && index < 156 ? 32 : byte), 0);
}

function invalid(why: string, cause?: unknown): CliError {
  return new CliError(sentenceText(`This is no archive that Mission Control wrote: ${why}`), {
    code: 'BUNDLE_INVALID',
    cause,
  });
}
