import xterm from '@xterm/headless';
import { delay, DomainError, type Redactor } from '@missions/kernel';
import type { BackgroundProcess, CommandResult, SandboxSession } from '../sandbox.ts';
import { keySequence, typedText, type TerminalKey } from './terminal-keys.ts';
import { TerminalRecording } from './terminal-recording.ts';
import { readScreen, type TerminalScreen } from './terminal-screen.ts';

const checkLimitMs = 30_000;
const scrollbackRows = 2_000;
/** Below what the emulator takes before it drops output. */
const floodBytes = 16 * 1024 ** 2;
/** Between two looks at a screen that never rests. */
const lookMs = 50;

export interface TerminalRequest {
  /** Given to the shell, with the terminal as its input, output and error. */
  readonly command: string;
  readonly cwd?: string;
  readonly columns?: number;
  readonly rows?: number;
  /** Everything that is read off the terminal has passed it. */
  readonly redactor: Pick<Redactor, 'redact' | 'stream' | 'finds'>;
}

export interface ScreenWait {
  readonly limitMs: number;
  /** How long the screen has to be as wanted without a break; it may show that by chance while it changes. */
  readonly holdMs: number;
  readonly signal: AbortSignal;
}

/**
 * A program on a pseudo-terminal inside the session, and the screen it paints. The program cannot tell it from a person's
 * terminal; it lives until it ends, is closed, or its session ends.
 */
export interface Terminal {
  readonly alive: () => boolean;
  /** Types text; ignored when the program has ended. */
  readonly type: (text: string) => void;
  readonly press: (key: TerminalKey) => void;
  /** After all that the program has written so far. */
  readonly screen: () => Promise<TerminalScreen>;
  /** The newest screen, and whether it was as wanted for long enough; the end of the program ends the wait. */
  readonly waitFor: (
    wanted: (screen: TerminalScreen) => boolean,
    wait: ScreenWait,
  ) => Promise<{ readonly held: boolean; readonly screen: TerminalScreen }>;
  /** The screen once it has not changed for `holdMs`, or as it is at the limit. */
  readonly rest: (wait: ScreenWait) => Promise<TerminalScreen>;
  /** The exit code is the program's own. */
  readonly ended: Promise<CommandResult>;
  /** Kills the program if it is still there, and gives all that went over the terminal as an asciicast. Idempotent. */
  readonly close: () => Promise<string>;
}

/** Refuses with `TERMINAL_UNAVAILABLE` where the sandbox lacks what makes a pseudo-terminal. */
export async function openTerminal(session: SandboxSession, request: TerminalRequest): Promise<Terminal> {
  await requireTerminals(session);
  const { columns = 80, rows = 24, cwd } = request;
  const terminal = new ScreenTerminal({ ...request, columns, rows });
  const size = `stty rows ${String(rows)} cols ${String(columns)}`;
  const process = await session.start({
    // `script` makes the terminal, copies both ways, and exits as the program does.
    command: ['script', '-qfec', `${size}; exec /bin/bash -c ${quoted(request.command)}`, '/dev/null'],
    env: { TERM: 'xterm-256color', SHELL: '/bin/bash' },
    stdin: 'stream',
    floodBytes,
    onOutput: terminal.receive,
    ...(cwd !== undefined && { cwd }),
  });
  return terminal.runs(process);
}

async function requireTerminals(session: SandboxSession): Promise<void> {
  const check = 'script --version 2>/dev/null | grep -q util-linux && command -v stty >/dev/null';
  const { exitCode } = await session.run({ command: ['/bin/sh', '-c', check], timeoutMs: checkLimitMs });
  if (exitCode === 0) return;
  throw new DomainError(
    'TERMINAL_UNAVAILABLE',
    'The sandbox cannot give a program a terminal: it needs `script` of util-linux and `stty`, which come with every usual Linux.',
  );
}

function quoted(command: string): string {
  return `'${command.replaceAll("'", "'\\''")}'`;
}

class ScreenTerminal implements Terminal {
  private readonly emulator: xterm.Terminal;
  private readonly recording: TerminalRecording;
  private process: BackgroundProcess | undefined;
  private cast: Promise<string> | undefined;
  private wake: () => void = () => undefined;

  constructor(
    private readonly options: TerminalRequest & { readonly columns: number; readonly rows: number },
  ) {
    const { columns, rows } = options;
    this.emulator = new xterm.Terminal({
      cols: columns,
      rows,
      scrollback: scrollbackRows,
      allowProposedApi: true,
    });
    this.recording = new TerminalRecording(options);
  }

  readonly receive = (chunk: Uint8Array): void => {
    this.recording.output(chunk);
    this.emulator.write(chunk, () => {
      this.wake();
    });
  };

  runs(process: BackgroundProcess): this {
    this.process = process;
    // Programs ask their terminal where the cursor is, and what it is able to do.
    this.emulator.onData((reply) => process.stdin?.write(reply));
    return this;
  }

  readonly alive = (): boolean => this.running.alive();

  readonly type = (text: string): void => {
    this.send(typedText(text));
  };

  readonly press = (key: TerminalKey): void => {
    this.send(keySequence(key, this.emulator.modes.applicationCursorKeysMode));
  };

  readonly screen = async (): Promise<TerminalScreen> => {
    await new Promise<void>((resolve) => {
      this.emulator.write('', resolve);
    });
    return readScreen(this.emulator, this.options.redactor);
  };

  readonly waitFor: Terminal['waitFor'] = async (wanted, { limitMs, holdMs, signal }) => {
    const deadline = performance.now() + limitMs;
    let since: number | undefined;
    for (;;) {
      const alive = this.alive();
      const screen = await this.screen();
      const isWanted = wanted(screen);
      const now = performance.now();
      since = isWanted ? (since ?? now) : undefined;
      if (!alive || (since !== undefined && now - since >= holdMs)) return { held: isWanted, screen };
      if (now >= deadline) return { held: false, screen };
      const pauseMs = Math.min(deadline, (since ?? deadline) + holdMs) - now;
      await this.change(Math.max(1, pauseMs), signal);
    }
  };

  readonly rest = async (wait: ScreenWait): Promise<TerminalScreen> => {
    let last: string | undefined;
    const { screen } = await this.waitFor(({ text }) => {
      const unchanged = text === last;
      last = text;
      return unchanged;
    }, wait);
    return screen;
  };

  get ended(): Promise<CommandResult> {
    return this.running.ended;
  }

  readonly close = (): Promise<string> => {
    this.cast ??= this.running.stop().then(() => {
      this.emulator.dispose();
      return this.recording.end();
    });
    return this.cast;
  };

  private get running(): BackgroundProcess {
    if (!this.process) throw new Error('The terminal runs nothing yet.');
    return this.process;
  }

  private send(text: string): void {
    if (!this.alive()) return;
    this.recording.input(text);
    this.running.stdin?.write(text);
  }

  /** Resolves when the screen may have changed, or after the pause. */
  private async change(pauseMs: number, signal: AbortSignal): Promise<void> {
    const resting = new AbortController();
    const changed = new Promise<void>((resolve) => {
      this.wake = resolve;
    });
    const paused = delay(pauseMs, AbortSignal.any([signal, resting.signal])).catch(() => undefined);
    const ended = this.running.ended.catch(() => undefined);
    await Promise.race([changed, paused, ended]);
    resting.abort();
    signal.throwIfAborted();
    if (pauseMs > lookMs) await delay(lookMs, signal);
  }
}
