import { randomUUID } from 'node:crypto';
import { posix } from 'node:path';
import { DomainError } from '@missions/kernel';
import type { Expectation, Proof } from '@missions/mission';
import type { SandboxSession } from '@missions/workspace';
import { testCounts } from '../../checks/test-counts.ts';
import { checkExpectation, type Checked, type ObservedCommand } from '../check-expectation.ts';
import { contractDir } from '../clean-room.ts';
import type { ProofExecution } from '../proof-execution.ts';
import { witnessPath } from './lay-out-witness.ts';
import { objection, type Said } from './objection.ts';

const setUpMs = 10_000;

/**
 * Whether a command's exit code alone decides, of a script of the contract that shares its process with the product: then the
 * product could end it well before it has insisted on anything. Output that is expected would be missing.
 */
export function needsWitness({ command = '', files, expected }: Proof): boolean {
  const saysNothing =
    outputs.every((field) => expected[field] === undefined) && (expected.exitCode ?? 0) === 0;
  const isScript = files.some(({ path }) => /\.[cm]?[jt]s$/.test(path));
  return saysNothing && isScript && !/\bNODE_OPTIONS=|\benv -i\b/.test(command);
}

const outputs = ['stdout', 'stderr', 'text', 'json'] as const satisfies readonly (keyof Expectation)[];

/** Runs the proof's command under the witness; an exit by 0 counts only if every script of the contract came to its end. */
export async function proveUnderWitness(execution: ProofExecution): Promise<Checked> {
  const { session, assertion } = execution;
  const { proof } = assertion;
  const stand = await execution.uncounted(WitnessStand.open(session));
  try {
    const observed = await execution.command('command', proof.command ?? '', stand.env);
    const said = await execution.uncounted(stand.heard());
    return judged(observed, proof, said);
  } finally {
    await execution.uncounted(stand.close());
  }
}

function judged(observed: ObservedCommand, { files, expected }: Proof, said: Said): Checked {
  const checked = checkExpectation(observed, expected);
  if (!checked.ok) return checked;
  const texts = files.map((file) => ('content' in file ? file.content : ''));
  const problem = objection(said, texts) ?? countedFailures(observed, texts);
  if (problem === undefined) return checked;
  return {
    ...checked,
    ok: false,
    observed: `${problem}; ${checked.observed}`,
    expected: `${checked.expected}; every script of the contract comes to its own end`,
  };
}

/** A runner's own count, where the contract's tests have a runner. */
function countedFailures({ stdout, stderr }: ObservedCommand, texts: readonly string[]): string | undefined {
  if (!texts.some((text) => text.includes('node:test'))) return undefined;
  const failed = testCounts(`${stdout}\n${stderr}`)?.failed ?? 0;
  return failed === 0
    ? undefined
    : `the test runner counts ${String(failed)} failed, and its exit code hides it`;
}

/** A pipe into the session, and a process beside it that reads it: what was said cannot be taken back by those who say it. */
class WitnessStand {
  private heardText = '';
  private readonly receipt = randomUUID();
  private readonly marker = `closed ${randomUUID()}`;
  private whenHeard: () => void = () => undefined;

  private constructor(
    private readonly session: SandboxSession,
    private readonly pipe: string,
  ) {}

  static async open(session: SandboxSession): Promise<WitnessStand> {
    const pipe = session.locate(`/tmp/.proof-${randomUUID()}`);
    const made = await session.run({ command: ['mkfifo', pipe], cwd: '/', timeoutMs: setUpMs });
    if (made.exitCode !== 0)
      throw new DomainError(
        'SANDBOX_FAULT',
        `No pipe could be made for the witness: ${made.stderr.trim()}`,
        {},
      );
    const stand = new WitnessStand(session, pipe);
    await stand.listen();
    return stand;
  }

  private async listen(): Promise<void> {
    // Held open for both directions, so that it does not end between two writers.
    await this.session.start({
      command: ['/bin/bash', '-c', 'exec cat <>"$1"', 'bash', this.pipe],
      onOutput: (chunk) => {
        this.heardText += Buffer.from(chunk).toString('utf8');
        if (this.heardText.includes(this.marker)) this.whenHeard();
      },
    });
  }

  get env(): Readonly<Record<string, string>> {
    const witness = this.session.locate(posix.join(contractDir, witnessPath));
    return { NODE_OPTIONS: `--import=${witness}`, PROOF_WITNESS: `${this.pipe} ${this.receipt}` };
  }

  /** Everything that was said until now; a mark of our own tells that nothing is on its way any more. */
  async heard(): Promise<Said> {
    const all = new Promise<void>((resolve) => (this.whenHeard = resolve));
    const write = 'printf "%s\\n" "$2" >"$1"';
    const command = ['/bin/bash', '-c', write, 'bash', this.pipe, this.marker] as const;
    const written = await this.session.run({ command, cwd: '/', timeoutMs: setUpMs });
    if (written.exitCode === 0) await Promise.race([all, afterMs(setUpMs)]);
    return { text: this.heardText, receipt: this.receipt };
  }

  async close(): Promise<void> {
    await this.session.run({ command: ['rm', '-f', this.pipe], cwd: '/', timeoutMs: setUpMs });
  }
}

function afterMs(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
