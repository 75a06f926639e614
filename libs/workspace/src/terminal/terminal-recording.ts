import { StringDecoder } from 'node:string_decoder';
import { stripVTControlCharacters } from 'node:util';
import type { Redactor } from '@missions/kernel';

const maxCharacters = 1024 * 1024;

interface RecordingOptions {
  readonly command: string;
  readonly columns: number;
  readonly rows: number;
  readonly redactor: Pick<Redactor, 'redact' | 'stream' | 'finds'>;
}

/** What went over a terminal and when, as an asciicast (version 2) that players show again. */
export class TerminalRecording {
  private readonly events: (readonly [seconds: number, kind: 'i' | 'o', text: string])[] = [];
  private readonly startedAt = performance.now();
  private readonly decoder = new StringDecoder('utf8');
  private readonly redacting;
  private characters = 0;

  constructor(private readonly options: RecordingOptions) {
    this.redacting = options.redactor.stream();
  }

  output(chunk: Uint8Array): void {
    if (this.isFull()) return;
    this.keep('o', this.redacting.write(this.decoder.write(Buffer.from(chunk))));
  }

  input(text: string): void {
    this.keep('i', this.options.redactor.redact(text));
  }

  /** Call it once, after the last chunk. */
  end(): string {
    this.keep('o', this.redacting.write(this.decoder.end()) + this.redacting.end());
    const { command, columns, rows, redactor } = this.options;
    const shown = this.events.map(([, , text]) => text).join('');
    // A secret in pieces, with colours between them, is none to who reads the bytes, but to who sees them played.
    const hides = redactor.finds(stripVTControlCharacters(shown)).length > 0;
    const header = {
      version: 2,
      width: columns,
      height: rows,
      command: redactor.redact(command),
      env: { TERM: 'xterm-256color' },
    };
    const events = hides ? [[0, 'o', 'The recording is left out: it shows a secret.\r\n']] : this.events;
    return [header, ...events].map((line) => `${JSON.stringify(line)}\n`).join('');
  }

  private isFull(): boolean {
    return this.characters > maxCharacters;
  }

  private keep(kind: 'i' | 'o', text: string): void {
    if (text === '' || this.isFull()) return;
    const seconds = Math.round(performance.now() - this.startedAt) / 1_000;
    this.characters += text.length;
    this.events.push([seconds, kind, this.isFull() ? '\r\n…the recording ends here…\r\n' : text]);
  }
}
