import { z } from 'zod';

/** The part of an artifact store that a transcript needs; `ArtifactStore` of the event store is one. */
export interface TranscriptArtifacts {
  put(bytes: Uint8Array, options: { readonly mediaType: string }): Promise<{ readonly digest: Digest }>;
  get(digest: Digest): Promise<Uint8Array | undefined>;
}

type Digest = `sha256:${string}`;

/** Where a part of an event's data went: `at` is a JSON pointer, in its place stands a preview. */
export const spilledPartSchema = z.strictObject({
  at: z.string(),
  digest: z.templateLiteral(['sha256:', z.string()]),
  bytes: z.int().nonnegative(),
  /** Whether the artifact is text or the JSON of a larger value. */
  form: z.enum(['text', 'json']),
});

export type SpilledPart = z.infer<typeof spilledPartSchema>;
type Json = Readonly<Record<string, unknown>>;

interface Part {
  readonly at: string;
  readonly value: unknown;
  readonly bytes: number;
  readonly depth: number;
}

const MAX_STRING_BYTES = 8 * 1024;
/** An event stays under 64 KB; the rest is room for its envelope. */
const MAX_DATA_BYTES = 48 * 1024;
const PREVIEW_CHARACTERS = 200;
/** A pointer may hold a key of any length that a model made up; then the part around that key is moved. */
const MAX_POINTER_CHARACTERS = 512;

/**
 * Moves every string over 8 KB into an artifact, and then the largest parts until the data fits an event.
 * The pointers lie beside the data in `spilled`, so nothing a model writes can pass for one.
 */
export async function spill(data: Json, artifacts: TranscriptArtifacts): Promise<Json> {
  // Most facts are smaller than the longest string may be: nothing of them can be too long.
  if (jsonBytes(data) <= MAX_STRING_BYTES) return data;
  const spilled: SpilledPart[] = [];
  let rest = data;
  const move = async (part: Part): Promise<void> => {
    spilled.push(await store(part, artifacts));
    rest = replaceAt(rest, part.at, previewOf(part.value)) as Json;
  };
  for (const part of partsOf(data)) {
    if (typeof part.value === 'string' && part.bytes > MAX_STRING_BYTES) await move(part);
  }
  while (jsonBytes(rest) > MAX_DATA_BYTES) {
    const largest = largestMovable(rest, spilled);
    if (!largest) break;
    await move(largest);
  }
  return spilled.length === 0 ? data : { ...rest, spilled };
}

/** Undoes `spill`. Rejects when an artifact is missing. */
export async function restore(data: unknown, artifacts: Pick<TranscriptArtifacts, 'get'>): Promise<unknown> {
  const parts = z.looseObject({ spilled: z.array(spilledPartSchema) }).safeParse(data);
  if (!parts.success) return data;
  const { spilled, ...rest } = parts.data;
  const values = await Promise.all(spilled.map((part) => fetch(part, artifacts)));
  // The last moved may hold the place of an earlier one, so they return in reverse.
  return spilled.reduceRight<unknown>((whole, part, index) => replaceAt(whole, part.at, values[index]), rest);
}

async function store(part: Part, artifacts: TranscriptArtifacts): Promise<SpilledPart> {
  const form = typeof part.value === 'string' ? 'text' : 'json';
  const text = typeof part.value === 'string' ? part.value : JSON.stringify(part.value);
  const bytes = Buffer.from(text);
  const mediaType = form === 'text' ? 'text/plain; charset=utf-8' : 'application/json';
  const { digest } = await artifacts.put(bytes, { mediaType });
  return { at: part.at, digest, bytes: bytes.length, form };
}

async function fetch(part: SpilledPart, artifacts: Pick<TranscriptArtifacts, 'get'>): Promise<unknown> {
  const bytes = await artifacts.get(part.digest);
  if (!bytes) throw new Error(`The artifact ${part.digest}, part of a transcript, is missing.`);
  const text = Buffer.from(bytes).toString('utf8');
  return part.form === 'text' ? text : (JSON.parse(text) as unknown);
}

/** Parts two or three steps down (a block's input, a result's content): moving one keeps the shape around it. */
function largestMovable(data: Json, spilled: readonly SpilledPart[]): Part | undefined {
  const moved = new Set(spilled.map((part) => part.at));
  return partsOf(data)
    .filter((part) => part.depth <= 3 && part.bytes > 2 * PREVIEW_CHARACTERS && !moved.has(part.at))
    .filter((part) => typeof part.value === 'string' || part.depth === 3)
    .sort((one, other) => other.bytes - one.bytes)[0];
}

function partsOf(value: unknown, at = '', depth = 0): readonly Part[] {
  const self: Part = { at, value, bytes: depth === 0 ? 0 : sizeOf(value), depth };
  if (typeof value !== 'object' || value === null) return [self];
  const children = Object.entries(value).flatMap(([key, child]) =>
    partsOf(child, `${at}/${escapeKey(key)}`, depth + 1),
  );
  return [self, ...children].filter(({ at: pointer }) => pointer.length <= MAX_POINTER_CHARACTERS);
}

function replaceAt(value: unknown, pointer: string, replacement: unknown): unknown {
  if (pointer === '') return replacement;
  const [, first = '', rest = ''] = /^\/([^/]*)(.*)$/s.exec(pointer) ?? [];
  const key = unescapeKey(first);
  if (Array.isArray(value)) {
    return value.map((child: unknown, index) =>
      String(index) === key ? replaceAt(child, rest, replacement) : child,
    );
  }
  const entries = Object.entries(value as Json);
  return Object.fromEntries(
    entries.map(([name, child]) => [name, name === key ? replaceAt(child, rest, replacement) : child]),
  );
}

function previewOf(value: unknown): unknown {
  if (typeof value === 'string') return value.slice(0, PREVIEW_CHARACTERS);
  return Array.isArray(value) ? [] : {};
}

function sizeOf(value: unknown): number {
  return typeof value === 'string' ? Buffer.byteLength(value) : jsonBytes(value);
}

function jsonBytes(value: unknown): number {
  return value === undefined ? 0 : Buffer.byteLength(JSON.stringify(value));
}

function escapeKey(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}

function unescapeKey(key: string): string {
  return key.replaceAll('~1', '/').replaceAll('~0', '~');
}
