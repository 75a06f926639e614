import type { Tool, ToolContext, ToolResult } from '@missions/agent';
import { DomainError } from '@missions/kernel';
import { terminalKeySchema } from '@missions/mission';
import type { SandboxSession } from '@missions/workspace';
import { openTerminal, type Terminal, type TerminalScreen } from '@missions/workspace/terminal';
import { z } from 'zod';
import { citing, keepEvidence, type Capture } from '../evidence.ts';
import { orFailRun } from '../sandbox-faults.ts';

const expectLimitMs = 30_000;
const expectHoldMs = 100;
const restLimitMs = 5_000;
const restHoldMs = 300;

const input = z.strictObject({
  start: z
    .string()
    .min(1)
    .max(32_000)
    .optional()
    .describe('A command to run on a new terminal; the program on the one before is ended.'),
  send: z.string().max(4_000).optional().describe('Text to type. A line break is the key Enter.'),
  press: terminalKeySchema.optional().describe('A key to press after the text.'),
  expect: z.string().min(1).max(1_000).optional().describe('Wait until the screen shows this text.'),
});

type PtyInput = z.infer<typeof input>;

export interface PtyParts extends Capture {
  readonly session: SandboxSession;
}

/** Uses a program on a terminal as a person would: one terminal, which stays between calls. */
export function ptyTool(parts: PtyParts): Tool<PtyInput> {
  let terminal: Terminal | undefined;
  return {
    name: 'pty',
    description:
      'Starts a program on a terminal of 80 by 24, types, and shows the screen once it rests or shows what is expected. The program stays for the next call. Without any input it shows the screen as it is.',
    input,
    effect: 'write',
    execute: async (wanted, context) => {
      if (wanted.start !== undefined) {
        await terminal?.close();
        const opening = openTerminal(parts.session, { command: wanted.start, redactor: parts.redactor });
        terminal = await orFailRun(opening);
      }
      if (!terminal)
        throw new DomainError(
          'TERMINAL_EMPTY',
          'No program runs on the terminal; give the command as `start`.',
        );
      return use(terminal, { parts, wanted, context });
    },
  };
}

interface Use {
  readonly parts: PtyParts;
  readonly wanted: PtyInput;
  readonly context: ToolContext;
}

async function use(terminal: Terminal, { parts, wanted, context }: Use): Promise<ToolResult> {
  const { send, press, expect } = wanted;
  const wasThere = terminal.alive();
  if (send !== undefined) terminal.type(send);
  if (press !== undefined) terminal.press(press);
  const { shown, screen } = await look(terminal, expect, context.signal);
  const end = terminal.alive() ? undefined : await orFailRun(terminal.ended);
  const notes = [
    ...(!wasThere && (send ?? press) !== undefined ? ['Nothing was typed: the program had ended.'] : []),
    ...(shown ? [] : [`The screen does not show ${JSON.stringify(expect)}.`]),
    ...(end ? [`The program ended with exit code ${String(end.exitCode)}.`] : ['The program is running.']),
  ];
  const text = `${notes.join(' ')}\n${screen.rows.join('\n').trimEnd()}`;
  const typed = JSON.stringify(wanted);
  const artifact = await keepEvidence(parts, `${typed}\n${text}\n`, 'text/plain');
  return {
    content: `${text}${citing(context.callId, artifact)}`,
    captured: {
      kind: 'screen',
      command: parts.redactor.redact(typed).slice(0, 4_000),
      ...(end?.exitCode !== undefined && { exitCode: end.exitCode }),
      ...(artifact !== undefined && { artifact }),
    },
  };
}

async function look(
  terminal: Terminal,
  expected: string | undefined,
  signal: AbortSignal,
): Promise<{ readonly shown: boolean; readonly screen: TerminalScreen }> {
  if (expected === undefined) {
    const screen = await terminal.rest({ limitMs: restLimitMs, holdMs: restHoldMs, signal });
    return { shown: true, screen };
  }
  const { held, screen } = await terminal.waitFor(({ lines }) => lines.join('\n').includes(expected), {
    limitMs: expectLimitMs,
    holdMs: expectHoldMs,
    signal,
  });
  return { shown: held, screen };
}
