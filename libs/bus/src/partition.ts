/** How many ways the internal stream is split; changing it means new consumers and a rebuilt stream. */
export const PARTITIONS = 16;

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** The partition of a stream: the same for ever and in every process (FNV-1a over the UTF-8 bytes of its name). */
export function partitionOf(stream: string): number {
  let hash = FNV_OFFSET;
  for (const byte of new TextEncoder().encode(stream)) {
    hash = Math.imul(hash ^ byte, FNV_PRIME);
  }
  return (hash >>> 0) % PARTITIONS;
}

export function allPartitions(): readonly number[] {
  return Array.from({ length: PARTITIONS }, (_, partition) => partition);
}
