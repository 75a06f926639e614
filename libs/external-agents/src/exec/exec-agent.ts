import { BoundedText, FailRun } from '@missions/agent';
import { StringDecoder } from 'node:string_decoder';
import type { ModelReply, ModelRequest, RespondOptions } from '@missions/models';
import type { Redactor } from '@missions/kernel';
import type { CommandResult } from '@missions/workspace';
import type { ExternalAgent, ExternalAgentParts } from '../external-agent.ts';
import { openingPrompt, turnOf } from '../prompt.ts';
import type { AgentTurn } from '../turn/agent-turn.ts';
import { takeTurn, type OpenTurn, type TurnEnding } from '../turn/take-turn.ts';

const tailCharacters = 4_000;
export const promptPath = '/tmp/missions/prompt.md';

/** A command as a worker: it reads the prompt, changes the workspace, and writes its result to a file. Each turn runs it anew. */
export class ExecAgent implements ExternalAgent {
  readonly id: string;

  constructor(
    private readonly parts: ExternalAgentParts,
    /** A change without a result file is taken for a success; for codemods, which know nothing of handoffs. */
    private readonly resultOptional: boolean,
  ) {
    this.id = parts.use;
  }

  respond(request: ModelRequest, options: RespondOptions = {}): Promise<ModelReply> {
    return takeTurn(this.parts, { request, options }, (open) => this.work(request, open));
  }

  close(): Promise<void> {
    return Promise.resolve(); // A command does not outlive its turn.
  }

  private async work(request: ModelRequest, open: OpenTurn): Promise<TurnEnding> {
    const { limits, session, former } = this.parts;
    if (turnOf(request) > limits.rounds)
      throw new FailRun(
        'empty_run',
        `The command was run ${String(limits.rounds)} times, and none of its results was accepted.`,
      );
    const workspace = session.locate('/workspace');
    const prompt = openingPrompt({ request, resultPath: open.result.path, workspace, former }).join('\n\n');
    await session.files.writeFile(promptPath, prompt);
    const output = new RedactedTail(this.parts.redactor);
    const result = await this.run(open, prompt, output);
    const tail = output.end();
    tell(open.turn, this.parts.command.join(' '), result, tail);
    open.turn.signal.throwIfAborted();
    const left = (await open.result.read(open.turn.number)) !== undefined;
    if (!left && result.exitCode !== 0) throw new FailRun('tool', failure(result, tail));
    if (!left && this.resultOptional)
      return { stopReason: 'end_turn', result: madeByEngine(this.parts.command) };
    return { stopReason: 'end_turn' };
  }

  private run({ turn, result }: OpenTurn, prompt: string, output: RedactedTail): Promise<CommandResult> {
    const { session, command, env, limits } = this.parts;
    const [file, ...args] = command;
    if (file === undefined) throw new FailRun('tool', 'No command is configured for the agent.');
    turn.wrote();
    return session.run({
      command: [file, ...args],
      env: { ...env, MISSIONS_PROMPT_FILE: promptPath, MISSIONS_RESULT_FILE: result.path },
      stdin: prompt,
      timeoutMs: limits.turnMs,
      signal: turn.signal,
      onOutput: (chunk, stream) => {
        turn.heard();
        turn.wrote();
        output.push(chunk, stream);
      },
    });
  }
}

function failure({ exitCode, killedBy }: CommandResult, tail: string): string {
  const how =
    killedBy === undefined ? `ended with exit code ${String(exitCode)}` : `was killed (${killedBy})`;
  return `The command ${how} and left no result. It wrote last:\n${tail.slice(-2_000)}`;
}

function madeByEngine(command: readonly string[]): Readonly<Record<string, unknown>> {
  return {
    outcome: 'success',
    salientSummary: `The command ${command.join(' ').slice(0, 500)} ended with exit code 0. It says nothing about its work; this summary is the engine’s.`,
    whatWasImplemented: [],
    whatWasLeftUndone: [],
  };
}

function tell(turn: AgentTurn, command: string, result: CommandResult, tail: string): void {
  const { exitCode, killedBy, durationMs, outputBytes } = result;
  const status = killedBy === undefined ? `exit code ${String(exitCode)}` : `killed: ${killedBy}`;
  turn.log.add('command', `$ ${command}\n${status}, ${String(durationMs)} ms\n${tail}`, {
    kind: 'command',
    command: command.slice(0, 4_000),
    ...(exitCode !== undefined && { exitCode }),
    durationMs,
    outputBytes,
  });
}

/** The end of both streams of a command, redacted as it arrives. */
class RedactedTail {
  private readonly text = new BoundedText(tailCharacters);
  private readonly streams;

  constructor(redactor: Redactor) {
    const stream = () => ({ decoder: new StringDecoder('utf8'), redacting: redactor.stream() });
    this.streams = { stdout: stream(), stderr: stream() };
  }

  push(chunk: Uint8Array, name: 'stdout' | 'stderr'): void {
    const { decoder, redacting } = this.streams[name];
    this.text.push(redacting.write(decoder.write(Buffer.from(chunk))));
  }

  end(): string {
    for (const { decoder, redacting } of Object.values(this.streams))
      this.text.push(redacting.write(decoder.end()) + redacting.end());
    return this.text.text();
  }
}
