import { headAndTail, RedactedOutput } from '@missions/agent-tools';
import type { Redactor } from '@missions/kernel';
import type { Assertion, Evidence, ProductService } from '@missions/mission';
import type { CommandResult, SandboxSession } from '@missions/workspace';
import { checkExpectation, type Checked, type ObservedCommand } from './check-expectation.ts';
import type { Judge, ProofParts } from './proof-site.ts';

/** The end of a command or a service, as far as it may say that something is missing from the sandbox. */
export interface StageEnd {
  readonly exitCode: number | undefined;
  readonly output: string;
}

const keptCharacters = 1024 * 1024;
const maxEvidence = 50;
/** Of each text that was kept, what a judge is shown. */
const judgedCharacters = 16_000;
/** Pictures and recordings say again what is kept as text. */
const judgedTypes = new Set(['text/plain', 'application/json']);

/** One execution of a proof: its session, the time it has left, and all that was captured so far. */
export class ProofExecution {
  readonly ends: StageEnd[] = [];
  /** What was kept as text, as judges are shown it. */
  readonly judged: string[] = [];
  private readonly captured: Evidence[] = [];
  private startedAt = performance.now();

  constructor(
    private readonly parts: Pick<ProofParts, 'artifacts' | 'redactor' | 'judge'>,
    readonly assertion: Assertion,
    readonly services: readonly ProductService[],
    readonly session: SandboxSession,
    readonly signal: AbortSignal,
  ) {}

  get judge(): Judge | undefined {
    return this.parts.judge;
  }

  get evidence(): Evidence[] {
    return this.captured.slice(-maxEvidence);
  }

  get durationMs(): number {
    return Math.round(performance.now() - this.startedAt);
  }

  /** Of the proof's own time, which is for everything it does together. */
  get leftMs(): number {
    return Math.max(
      0,
      Math.ceil(this.assertion.proof.timeoutSec * 1_000 - (performance.now() - this.startedAt)),
    );
  }

  get timeOver(): string {
    return `killed after ${this.assertion.proof.timeoutSec} s, the time of the proof`;
  }

  /** Work of the engine itself, such as getting its own tools here, takes nothing of the proof's time. */
  async uncounted<Result>(work: Promise<Result>): Promise<Result> {
    const beganAt = performance.now();
    try {
      return await work;
    } finally {
      this.startedAt += performance.now() - beganAt;
    }
  }

  get redactor(): Redactor {
    return this.parts.redactor;
  }

  output(): RedactedOutput {
    return new RedactedOutput(this.parts.redactor, keptCharacters);
  }

  redact(text: string): string {
    return this.parts.redactor.redact(text);
  }

  /** Keeps text that has been redacted as evidence. */
  async keep(text: string, mediaType: string, about: Omit<Evidence, 'artifact'>): Promise<void> {
    await this.keepBytes(Buffer.from(text), mediaType, about);
    if (judgedTypes.has(mediaType)) this.judged.push(`${about.kind}\n${headAndTail(text, judgedCharacters)}`);
  }

  /** Keeps what is no text, such as a picture: nothing can be redacted in it. */
  async keepBytes(bytes: Uint8Array, mediaType: string, about: Omit<Evidence, 'artifact'>): Promise<void> {
    const { digest } = await this.parts.artifacts.put(bytes, { mediaType });
    const command = about.command === undefined ? {} : { command: about.command.slice(0, 4_000) };
    this.captured.push({ ...about, ...command, artifact: digest });
  }

  /** Runs a command of the contract within the time left, and keeps what it did. */
  async command(
    kind: string,
    command: string,
    env: Readonly<Record<string, string>> = {},
  ): Promise<ObservedCommand> {
    const output = this.output();
    const { leftMs, signal } = this;
    const result = await this.session.run({
      command,
      env,
      timeoutMs: Math.max(1, leftMs),
      signal,
      onOutput: output.push,
    });
    signal.throwIfAborted();
    const { both } = output.end();
    const killed = killedText(result, this.timeOver);
    const end = killed ?? `exit code ${String(result.exitCode)}`;
    const { exitCode } = result;
    await this.keep(`$ ${command}\n${end}, ${result.durationMs} ms\n${both}`, 'text/plain', {
      kind,
      command: this.redact(command),
      ...(exitCode !== undefined && { exitCode }),
    });
    this.ends.push({ exitCode, output: result.stderr + result.stdout });
    return { kind: 'command', exitCode, killed, stdout: result.stdout, stderr: result.stderr };
  }

  /** The proof's set-up; undefined when there is none or it succeeded. */
  async failedSetUp(): Promise<Checked | undefined> {
    const { setup } = this.assertion.proof;
    if (setup === undefined) return undefined;
    const checked = checkExpectation(await this.command('setup', setup), {});
    return checked.ok
      ? undefined
      : { ...checked, observed: `set-up: ${checked.observed}`, expected: `set-up: ${checked.expected}` };
  }
}

/** Why the supervisor ended it, in words; undefined when it ended by itself. */
export function killedText({ killedBy }: CommandResult, timeOver: string): string | undefined {
  switch (killedBy) {
    case undefined:
      return undefined;
    case 'timeout':
      return timeOver;
    case 'output':
      return 'killed, because it wrote far more than can be kept';
    case 'disk':
      return 'killed, because it filled the disk beyond what a workspace may hold';
    case 'abort':
    case 'session_closed':
      return 'killed, because its sandbox session ended';
  }
}
