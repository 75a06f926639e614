import type { Tool, ToolContext, ToolResult } from '@missions/agent';
import type { CommandResult, SandboxSession } from '@missions/workspace';
import { z } from 'zod';
import { citing, keepEvidence, type Capture } from '../evidence.ts';
import { headAndTail, outputLimits } from '../output-limits.ts';
import { RedactedOutput } from '../redacted-output.ts';
import { orFailRun } from '../sandbox-faults.ts';
import { backgroundStarter } from './background.ts';
import { progressLine } from './progress-line.ts';

export const bashLimits = { defaultTimeoutMs: 120_000, maxTimeoutMs: 1_800_000 } as const;

const input = z.strictObject({
  command: z.string().min(1).max(32_000),
  timeout_ms: z
    .int()
    .min(1)
    .max(bashLimits.maxTimeoutMs)
    .optional()
    .describe(`${bashLimits.defaultTimeoutMs} where absent.`),
  background: z
    .boolean()
    .optional()
    .describe('Leave it running, such as a server; it lives until the session ends.'),
});

type BashInput = z.infer<typeof input>;

export interface BashParts extends Capture {
  readonly session: SandboxSession;
}

/** Runs a command in the run's sandbox session; exit code, time and output are measured, not told. */
export function bashTool(parts: BashParts): Tool<BashInput> {
  const startInBackground = backgroundStarter(parts.session, parts.redactor);
  return {
    name: 'bash',
    description:
      'Runs a command by bash in /workspace, in a sandbox without a network but its own loopback. Each call is a new shell: files, /tmp and background processes stay, variables and the working directory do not.',
    input,
    effect: 'write',
    timeoutMs: bashLimits.maxTimeoutMs + 30_000,
    execute: (wanted, context) =>
      wanted.background === true
        ? startInBackground(wanted.command, context)
        : runCommand(parts, wanted, context),
  };
}

async function runCommand(parts: BashParts, wanted: BashInput, context: ToolContext): Promise<ToolResult> {
  const output = new RedactedOutput(parts.redactor, outputLimits.evidenceBytes);
  const show = progressLine(context.progress);
  const timeoutMs = wanted.timeout_ms ?? bashLimits.defaultTimeoutMs;
  const result = await orFailRun(
    parts.session.run({
      command: wanted.command,
      timeoutMs,
      signal: context.signal,
      onOutput: (chunk, stream) => {
        output.push(chunk, stream);
        show(chunk);
      },
    }),
  );
  const egress = parts.session.takeEgress();
  context.signal.throwIfAborted();
  const text = output.end().both;
  const status = statusOf(result, timeoutMs);
  const artifact = await keepEvidence(parts, `$ ${wanted.command}\n${status}\n${text}`, 'text/plain');
  return {
    content: `${status}\n${headAndTail(text)}${citing(context.callId, artifact)}`,
    captured: {
      kind: 'command',
      command: wanted.command.slice(0, 4_000),
      ...(result.exitCode !== undefined && { exitCode: result.exitCode }),
      ...(result.killedBy !== undefined && { killedBy: result.killedBy }),
      durationMs: result.durationMs,
      outputBytes: result.outputBytes,
      ...(egress.length > 0 && { egress }),
      ...(artifact !== undefined && { artifact }),
    },
  };
}

function statusOf({ exitCode, killedBy, durationMs }: CommandResult, timeoutMs: number): string {
  switch (killedBy) {
    case undefined:
      return `exit code ${String(exitCode)}, ${durationMs} ms`;
    case 'timeout':
      return `killed after ${timeoutMs} ms; set timeout_ms, or run it in the background`;
    case 'output':
      return `killed: it wrote far more output than can be kept, ${durationMs} ms`;
    case 'disk':
      return `killed: the workspace grew beyond what it may hold on the disk, ${durationMs} ms; delete what is not needed`;
    case 'abort':
    case 'session_closed':
      return `killed: the run was stopped, ${durationMs} ms`;
  }
}
