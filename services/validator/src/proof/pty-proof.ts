import { isTerminalStep, type Expectation } from '@missions/mission';
import { openTerminal, pictureOf } from '@missions/workspace/terminal';
import type { Checked } from './check-expectation.ts';
import { killedText, type ProofExecution } from './proof-execution.ts';
import { DrivenTerminal, typedBy } from './driven-terminal.ts';

const interrupted = 130;

/**
 * `pty`: the set-up, then the command on a terminal of 80 by 24; each step types, and what it expects has to come up on the
 * screen and stay there. A program that ends has to end as expected, or well.
 */
export async function proveByTerminal(execution: ProofExecution): Promise<Checked> {
  const failed = await execution.failedSetUp();
  if (failed) return failed;
  const { session, redactor, assertion } = execution;
  const { command = '' } = assertion.proof;
  const terminal = await openTerminal(session, { command, redactor });
  const driven = new DrivenTerminal(execution, terminal);
  try {
    const checked = await drive(execution, driven);
    const screen = await terminal.screen();
    await execution.keep(pictureOf(screen), 'image/svg+xml', { kind: 'screenshot' });
    execution.ends.push({ exitCode: driven.end?.exitCode, output: screen.text });
    return checked;
  } finally {
    const recording = await terminal.close();
    if (!execution.signal.aborted)
      await execution.keep(recording, 'application/x-asciicast', {
        kind: 'recording',
        command: execution.redact(command),
      });
  }
}

async function drive(execution: ProofExecution, driven: DrivenTerminal): Promise<Checked> {
  const { steps: all, expected } = execution.assertion.proof;
  const steps = all.filter(isTerminalStep);
  const met: Checked[] = [];
  for (const [index, step] of steps.entries()) {
    const name = `step ${index + 1}${typedBy(step)}`;
    const checked = inWords(name, await driven.step(name, step));
    if (!checked.ok) return checked;
    met.push(checked);
  }
  const atEnd = inWords('at the end', await driven.expect('at the end', expected, { wasThere: false }));
  if (!atEnd.ok) return atEnd;
  const asked = [expected, ...steps.map((step) => step.expected)].some(asksForEnd);
  const lastKey = steps.findLast(({ press, send }) => press !== undefined || send !== undefined)?.press;
  return asked ? together([...met, atEnd]) : endedWell(execution, driven, together([...met, atEnd]), lastKey);
}

function asksForEnd(expected: Expectation | undefined): boolean {
  return expected?.exitCode !== undefined;
}

/** Where nothing is said of its end, a program may go on; one that ended has to have exited 0, or as it was interrupted. */
function endedWell(
  execution: ProofExecution,
  { end }: DrivenTerminal,
  checked: Checked,
  lastKey: string | undefined,
): Checked {
  if (!end || end.exitCode === 0 || (end.exitCode === interrupted && lastKey === 'ctrl_c')) return checked;
  const how = killedText(end, execution.timeOver) ?? `ended with exit code ${String(end.exitCode)}`;
  return { ok: false, observed: `the program ${how}\n${checked.observed}`, expected: 'exit code 0' };
}

function together(steps: readonly Checked[]): Checked {
  return {
    ok: true,
    observed: steps.at(-1)?.observed ?? '',
    expected: steps.map(({ expected }) => expected).join('\n'),
  };
}

function inWords(name: string, checked: Checked): Checked {
  return { ...checked, observed: `${name}: ${checked.observed}`, expected: `${name}: ${checked.expected}` };
}
