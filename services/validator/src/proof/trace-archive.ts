import { crc32, deflateRaw, inflateRaw } from 'node:zlib';
import { promisify } from 'node:util';

const inflate = promisify(inflateRaw);
const deflate = promisify(deflateRaw);

const entryBytes = 32 * 1024 * 1024;
const totalBytes = 128 * 1024 * 1024;
const maxEntries = 10_000;

interface ArchiveEntry {
  readonly name: string;
  readonly bytes: Buffer;
}

/**
 * A trace anew, with its texts redacted: inside the archive they are compressed, where no other guard would see a secret.
 * Undefined when it is no archive, or larger than one worth keeping.
 */
export async function redactedArchive(
  archive: Uint8Array,
  redact: (text: string) => string,
): Promise<Buffer | undefined> {
  const entries = await readArchive(Buffer.from(archive));
  if (!entries) return undefined;
  const redacted = entries.map(({ name, bytes }) => ({
    name: redact(name),
    bytes: redactedBytes(bytes, redact),
  }));
  return writeArchive(redacted);
}

/** Pictures and fonts are no text, and stay as they are. */
function redactedBytes(bytes: Buffer, redact: (text: string) => string): Buffer {
  if (bytes.includes(0)) return bytes;
  const text = bytes.toString('utf8');
  return Buffer.from(text).equals(bytes) ? Buffer.from(redact(text)) : bytes;
}

/** By the directory at the end, as archives are read; anything it says is checked against the bytes there are. */
async function readArchive(archive: Buffer): Promise<readonly ArchiveEntry[] | undefined> {
  const end = archive.lastIndexOf(Buffer.from('PK\u0005\u0006', 'latin1'));
  if (end < 0 || end + 22 > archive.length) return undefined;
  const count = archive.readUInt16LE(end + 10);
  if (count > maxEntries) return undefined;
  const entries: ArchiveEntry[] = [];
  let size = 0;
  try {
    for (let at = archive.readUInt32LE(end + 16); entries.length < count;) {
      const entry = await entryAt(archive, at);
      entries.push(entry);
      size += entry.bytes.length;
      if (size > totalBytes) return undefined;
      at += 46 + [28, 30, 32].reduce((sum, field) => sum + archive.readUInt16LE(at + field), 0);
    }
  } catch (error) {
    if (error instanceof RangeError || (error as NodeJS.ErrnoException).code?.startsWith('Z_'))
      return undefined;
    throw error;
  }
  return entries;
}

async function entryAt(archive: Buffer, at: number): Promise<ArchiveEntry> {
  const isStored = archive.readUInt16LE(at + 10) === 0;
  const size = archive.readUInt32LE(at + 20);
  const name = archive.toString('utf8', at + 46, at + 46 + archive.readUInt16LE(at + 28));
  const local = archive.readUInt32LE(at + 42);
  const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
  const packed = archive.subarray(start, start + size);
  const bytes = isStored ? packed : await inflate(packed, { maxOutputLength: entryBytes });
  return { name, bytes };
}

async function writeArchive(entries: readonly ArchiveEntry[]): Promise<Buffer> {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, bytes } of entries) {
    const packed = await deflate(bytes);
    const file = Buffer.from(name);
    const about = described({ bytes, packed, file });
    const local = Buffer.concat([Buffer.from('PK\u0003\u0004', 'latin1'), about, file, packed]);
    const listed = Buffer.alloc(14);
    listed.writeUInt32LE(offset, 10);
    directory.push(Buffer.from('PK\u0001\u0002\u0014\u0000', 'latin1'), about, listed, file);
    parts.push(local);
    offset += local.length;
  }
  const listing = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\u0005\u0006', 'latin1');
  for (const at of [8, 10]) end.writeUInt16LE(entries.length, at);
  end.writeUInt32LE(listing.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, listing, end]);
}

/** The fields that an entry and its line in the directory share: version, flags, method, time, sizes, length of its name. */
function described({ bytes, packed, file }: Readonly<Record<'bytes' | 'packed' | 'file', Buffer>>): Buffer {
  const about = Buffer.alloc(26);
  about.writeUInt16LE(20, 0);
  about.writeUInt16LE(0x0800, 2); // The name is UTF-8.
  about.writeUInt16LE(8, 4);
  about.writeUInt16LE(0x21, 8); // The first day that such an archive can name.
  about.writeUInt32LE(crc32(bytes), 10);
  about.writeUInt32LE(packed.length, 14);
  about.writeUInt32LE(bytes.length, 18);
  about.writeUInt16LE(file.length, 22);
  return about;
}
