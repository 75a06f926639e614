import { stripVTControlCharacters, styleText } from 'node:util';

export interface TerminalStreams {
  readonly stdout: NodeJS.WritableStream & { readonly isTTY?: boolean };
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean };
}

export interface TerminalOptions {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly color: boolean;
}

type Style = 'bold' | 'dim' | 'green' | 'red' | 'yellow' | 'cyan';

/** Data goes to standard output, talk to standard error, so that a pipe carries data alone. */
export class Terminal {
  readonly json: boolean;
  private readonly quiet: boolean;
  private readonly color: boolean;
  private progressShown = '';

  constructor(
    private readonly streams: TerminalStreams,
    options: TerminalOptions,
  ) {
    this.json = options.json;
    this.quiet = options.quiet;
    this.color = options.color;
  }

  /** Lines of data for a person; with --json nothing but JSON goes out. */
  print(...lines: readonly string[]): void {
    this.clearProgress();
    this.streams.stdout.write(lines.map((line) => `${line}\n`).join(''));
  }

  /** One object on one line. */
  printJson(value: unknown): void {
    this.clearProgress();
    this.streams.stdout.write(`${JSON.stringify(value)}\n`);
  }

  /** What a command answers: the object with --json, else its words. */
  answer(value: object, lines: () => readonly string[]): void {
    if (this.json) this.printJson(value);
    else this.print(...lines());
  }

  say(line: string): void {
    if (this.quiet) return;
    this.clearProgress();
    this.streams.stderr.write(`${line}\n`);
  }

  /** Errors are said whatever was asked for. */
  fail(line: string): void {
    this.clearProgress();
    this.streams.stderr.write(`${line}\n`);
  }

  /** What is being waited for: one line that changes on a screen, a line each time it changes elsewhere. */
  progress(text: string): void {
    if (this.quiet || text === this.progressShown) return;
    if (this.streams.stderr.isTTY !== true) this.streams.stderr.write(`${text}\n`);
    else this.streams.stderr.write(`\r\u001b[2K${this.style('dim', `${text.slice(0, 200)} …`)}`);
    this.progressShown = text;
  }

  style(style: Style, text: string): string {
    return this.color ? styleText(style, text, { validateStream: false }) : text;
  }

  private clearProgress(): void {
    if (this.progressShown === '') return;
    if (this.streams.stderr.isTTY === true) this.streams.stderr.write('\r\u001b[2K');
    this.progressShown = '';
  }
}

/** Text of agents and programs is shown as text: no escape sequences, no controls, no reordering of what stands there. */
export function plain(text: string): string {
  return stripVTControlCharacters(text).replaceAll(
    /[^\P{Cc}\n\t]|[\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu,
    '',
  );
}

/** The same, on one line. */
export function plainLine(text: string): string {
  return plain(text).replaceAll(/\s+/g, ' ').trim();
}
