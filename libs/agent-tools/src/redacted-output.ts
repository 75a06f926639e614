import { StringDecoder } from 'node:string_decoder';
import { BoundedText } from '@missions/agent';
import type { Redactor } from '@missions/kernel';

type StreamName = 'stdout' | 'stderr';

interface OpenStream {
  readonly take: (chunk: Uint8Array) => string;
  readonly end: () => string;
}

/** Output of a process, redacted as it arrives: a secret is found also across chunks, and before anything is cut. */
export class RedactedOutput {
  private readonly texts: Record<'both' | StreamName, BoundedText>;
  private readonly streams: Record<StreamName, OpenStream>;

  constructor(redactor: Pick<Redactor, 'stream'>, limit: number) {
    this.texts = {
      both: new BoundedText(limit),
      stdout: new BoundedText(limit),
      stderr: new BoundedText(limit),
    };
    this.streams = { stdout: openStream(redactor), stderr: openStream(redactor) };
  }

  readonly push = (chunk: Uint8Array, stream: StreamName): void => {
    this.keep(this.streams[stream].take(chunk), stream);
  };

  /** Both streams in order of arrival, and each by itself; call it once, after the last chunk. */
  end(): Record<'both' | StreamName, string> {
    for (const stream of ['stdout', 'stderr'] as const) this.keep(this.streams[stream].end(), stream);
    const { both, stdout, stderr } = this.texts;
    return { both: both.text(), stdout: stdout.text(), stderr: stderr.text() };
  }

  private keep(text: string, stream: StreamName): void {
    if (text === '') return;
    this.texts[stream].push(text);
    this.texts.both.push(text);
  }
}

function openStream(redactor: Pick<Redactor, 'stream'>): OpenStream {
  const decoder = new StringDecoder('utf8');
  const redacting = redactor.stream();
  return {
    take: (chunk) => redacting.write(decoder.write(Buffer.from(chunk))),
    end: () => redacting.write(decoder.end()) + redacting.end(),
  };
}
