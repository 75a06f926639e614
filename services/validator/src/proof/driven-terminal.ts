import type { Expectation, TerminalStep } from '@missions/mission';
import type { CommandResult } from '@missions/workspace';
import type { Terminal, TerminalScreen } from '@missions/workspace/terminal';
import { checkExpectation, type Checked } from './check-expectation.ts';
import { killedText, type ProofExecution } from './proof-execution.ts';

/** A screen that changes shows many things for a moment. */
const holdMs = 200;
/** What was there before anything was typed may only be there still. */
const holdAgainMs = 1_000;
/** A program that says nothing first is typed to after this time. */
const firstOutputMs = 2_000;
const restLimitMs = 2_000;

/** A terminal as the steps of a proof use it; keeps the screen after each as evidence. */
export class DrivenTerminal {
  /** How the program ended, once it has. */
  end: CommandResult | undefined;
  private hasSpoken = false;

  constructor(
    private readonly execution: ProofExecution,
    private readonly terminal: Terminal,
  ) {
    terminal.ended.then(
      (end) => (this.end = end),
      () => undefined,
    );
  }

  async step(name: string, step: TerminalStep): Promise<Checked> {
    const { send, press, expected = {} } = step;
    const types = send !== undefined || press !== undefined;
    if (!types) return this.expect(name, expected, { wasThere: false });
    // What is typed before a program listens may be lost.
    await this.awaitOutput(firstOutputMs);
    if (!this.terminal.alive()) {
      const screen = await this.terminal.screen();
      await this.keep(name, screen);
      return {
        ...this.check(screen, {}),
        ok: false,
        expected: 'the program is there when this is typed',
      };
    }
    const wasThere = this.check(await this.terminal.screen(), expected).ok;
    if (send !== undefined) this.terminal.type(send);
    if (press !== undefined) this.terminal.press(press);
    return this.expect(name, expected, { wasThere });
  }

  /** Waits until the screen is as expected, within the proof's time; `wasThere` when it was so before something was typed. */
  async expect(
    name: string,
    expected: Expectation,
    { wasThere }: { readonly wasThere: boolean },
  ): Promise<Checked> {
    const { signal, timeOver } = this.execution;
    const { leftMs } = this.execution;
    if (Object.keys(expected).length === 0)
      await this.terminal.rest({ limitMs: Math.min(leftMs, restLimitMs), holdMs, signal });
    // An empty screen hides everything; whatever is expected, the program has to have said something first.
    else await this.awaitOutput(leftMs);
    const { held, screen } = await this.terminal.waitFor((seen) => this.check(seen, expected).ok, {
      limitMs: this.execution.leftMs,
      holdMs: wasThere ? holdAgainMs : holdMs,
      signal,
    });
    await this.keep(name, screen);
    const checked = this.check(screen, expected);
    const late = !held && this.terminal.alive() ? `${timeOver}; ` : '';
    const killed = this.end && killedText(this.end, timeOver);
    const observed = `${late}${killed === undefined ? '' : `${killed}; `}${checked.observed}`;
    return { ...checked, ok: held && checked.ok && killed === undefined, observed };
  }

  private check({ lines, text }: TerminalScreen, expected: Expectation): Checked {
    const exitCode = this.end?.exitCode;
    return checkExpectation({ kind: 'screen', rows: lines, text, exitCode }, expected);
  }

  private async awaitOutput(limitMs: number): Promise<void> {
    if (this.hasSpoken) return;
    const { signal, leftMs } = this.execution;
    const spoke = ({ text }: TerminalScreen): boolean => text !== '';
    const { held } = await this.terminal.waitFor(spoke, {
      limitMs: Math.min(leftMs, limitMs),
      holdMs: 0,
      signal,
    });
    this.hasSpoken = held;
  }

  private async keep(name: string, { rows }: TerminalScreen): Promise<void> {
    const { execution } = this;
    const exitCode = this.end?.exitCode;
    const end = exitCode === undefined ? '' : `, the program ended with exit code ${String(exitCode)}`;
    await execution.keep(`${name}${end}\n${rows.join('\n').trimEnd()}\n`, 'text/plain', {
      kind: 'screen',
      command: name,
      ...(exitCode !== undefined && { exitCode }),
    });
  }
}

/** What a step types, as it is shown. */
export function typedBy({ send, press }: TerminalStep): string {
  const typed = [
    ...(send === undefined ? [] : [`types ${JSON.stringify(send)}`]),
    ...(press === undefined ? [] : [`presses ${press}`]),
  ].join(' and ');
  return typed === '' ? '' : `, which ${typed}`;
}
