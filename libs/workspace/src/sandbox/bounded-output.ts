/** Keeps the first and the last half of a stream and counts the rest, so that endless output costs nothing. */
export class BoundedOutput {
  private readonly head: Buffer[] = [];
  private tail: Buffer[] = [];
  private headBytes = 0;
  private tailBytes = 0;
  totalBytes = 0;

  constructor(private readonly limitBytes: number) {}

  push(chunk: Buffer): void {
    this.totalBytes += chunk.length;
    const room = Math.ceil(this.limitBytes / 2) - this.headBytes;
    const first = chunk.subarray(0, Math.max(room, 0));
    if (first.length > 0) this.head.push(first);
    this.headBytes += first.length;
    if (first.length < chunk.length) this.pushTail(chunk.subarray(first.length));
  }

  get truncated(): boolean {
    return this.totalBytes > this.limitBytes;
  }

  text(): string {
    const head = Buffer.concat(this.head);
    const tail = Buffer.concat(this.tail);
    if (!this.truncated) return Buffer.concat([head, tail]).toString('utf8');
    const start = head.subarray(0, lastWholeCharacter(head));
    const end = lastBytes(tail, Math.floor(this.limitBytes / 2));
    const omitted = this.totalBytes - start.length - end.length;
    return `${start.toString('utf8')}\n…${String(omitted)} bytes omitted…\n${end.toString('utf8')}`;
  }

  private pushTail(chunk: Buffer): void {
    const limit = Math.floor(this.limitBytes / 2);
    this.tail.push(chunk);
    this.tailBytes += chunk.length;
    if (this.tailBytes <= limit * 2) return;
    // Copied, so that the large chunk behind the view can be freed; amortised over `limit` bytes.
    this.tail = [Buffer.from(Buffer.concat(this.tail).subarray(-limit))];
    this.tailBytes = limit;
  }
}

/** A cut inside a UTF-8 sequence would show as a broken character that the command never wrote. */
function lastWholeCharacter(bytes: Buffer): number {
  let index = bytes.length;
  while (index > 0 && index > bytes.length - 4 && isContinuation(bytes[index - 1])) index -= 1;
  const lead = bytes[index - 1] ?? 0;
  const needed = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
  return bytes.length - index + 1 < needed ? index - 1 : bytes.length;
}

function lastBytes(bytes: Buffer, limit: number): Buffer {
  let start = Math.max(bytes.length - limit, 0);
  while (start < bytes.length && isContinuation(bytes[start])) start += 1;
  return bytes.subarray(start);
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}
