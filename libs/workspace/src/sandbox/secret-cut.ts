import { Transform, type TransformCallback } from 'node:stream';

const placeholder = Buffer.from('[credential]');

/** Passes bytes on at once, except a secret in them, also one that comes in pieces. */
export class SecretCut extends Transform {
  private held = Buffer.alloc(0);

  constructor(private readonly secrets: readonly Buffer[]) {
    super();
  }

  override _transform(chunk: Buffer, _encoding: string, done: TransformCallback): void {
    let rest = Buffer.concat([this.held, chunk]);
    for (let hit = this.first(rest); hit; hit = this.first(rest)) {
      this.push(rest.subarray(0, hit.at));
      this.push(placeholder);
      rest = rest.subarray(hit.at + hit.length);
    }
    const kept = this.possibleStart(rest);
    this.push(rest.subarray(0, rest.length - kept));
    this.held = Buffer.from(rest.subarray(rest.length - kept));
    done();
  }

  override _flush(done: TransformCallback): void {
    this.push(this.held);
    done();
  }

  private first(bytes: Buffer): { readonly at: number; readonly length: number } | undefined {
    const hits = this.secrets
      .map((secret) => ({ at: bytes.indexOf(secret), length: secret.length }))
      .filter(({ at }) => at >= 0);
    return hits.sort((a, b) => a.at - b.at || b.length - a.length)[0];
  }

  /** How many bytes at the end could be the beginning of a secret whose rest is still to come. */
  private possibleStart(bytes: Buffer): number {
    const lengths = this.secrets.map((secret) => {
      let length = Math.min(secret.length - 1, bytes.length);
      while (length > 0 && !bytes.subarray(bytes.length - length).equals(secret.subarray(0, length)))
        length -= 1;
      return length;
    });
    return Math.max(0, ...lengths);
  }
}

/** What proves who pays, out of the headers that carry it: `Bearer x` hides `x`. */
export function secretsIn(headers: Readonly<Record<string, string>>): readonly Buffer[] {
  return Object.values(headers)
    .map((value) => value.replace(/^\S+ +(?=\S)/, ''))
    .filter((secret) => secret.length >= 8)
    .map((secret) => Buffer.from(secret));
}
