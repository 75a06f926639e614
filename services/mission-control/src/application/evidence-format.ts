/** What the bytes of an artifact are, by looking at them: an artifact has no name, and its kind is only what a proof calls it. */
export interface EvidenceFormat {
  readonly extension: 'png' | 'jpg' | 'svg' | 'zip' | 'json' | 'txt' | 'bin';
  /** Of images that a page may show. */
  readonly image?: 'image/png' | 'image/jpeg' | 'image/svg+xml';
  /** The bytes as text, where they are text. */
  readonly text?: string;
}

export function evidenceFormatOf(bytes: Uint8Array): EvidenceFormat {
  if (startsWith(bytes, [0x89, 0x50, 0x4e, 0x47])) return { extension: 'png', image: 'image/png' };
  if (startsWith(bytes, [0xff, 0xd8, 0xff])) return { extension: 'jpg', image: 'image/jpeg' };
  if (startsWith(bytes, [0x50, 0x4b, 0x03, 0x04])) return { extension: 'zip' };
  const text = textOf(bytes);
  if (text === undefined) return { extension: 'bin' };
  if (/^\s*(?:<\?xml[^>]*>\s*)?<svg[\s>]/u.test(text))
    return { extension: 'svg', image: 'image/svg+xml', text };
  return { extension: isJson(text) ? 'json' : 'txt', text };
}

function startsWith(bytes: Uint8Array, magic: readonly number[]): boolean {
  return magic.every((byte, index) => bytes[index] === byte);
}

function textOf(bytes: Uint8Array): string | undefined {
  if (bytes.includes(0)) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function isJson(text: string): boolean {
  if (!/^\s*[[{]/u.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
