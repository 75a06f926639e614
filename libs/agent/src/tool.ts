import type { z } from 'zod';

/** What a tool may know of the call it serves. */
export interface ToolContext {
  readonly runId: string;
  readonly turn: number;
  readonly callId: string;
  /** Instant of the turn's event (ISO 8601): dates taken from it make a repeated call give the same object. */
  readonly at: string;
  /** Aborted when the run is stopped, when the tool's time is over, or when a pause has no more patience. */
  readonly signal: AbortSignal;
  /** Shows one line of what is going on; never recorded. */
  readonly progress: (line: string) => void;
}

export interface ToolResult {
  /** What the model reads. */
  readonly content: string;
  /** For a closing tool: the close was refused and the run goes on. */
  readonly isError?: boolean;
  /** What the engine measured (exit code, digests, sizes); plain JSON, recorded beside the content, never shown to the model. */
  readonly captured?: unknown;
}

/**
 * One thing an agent can do.
 * `read` calls of one turn run in parallel, `write` calls in the order they were made, a `closing` call last; it ends the run.
 * `execute` may throw: the model then gets an error result with the redacted message. Not so `StopRun`, `FailRun` and a
 * refusal `STALE_TOKEN`, which end the holding, and a fault of a closing tool (anything but a `DomainError`), which rises.
 */
export interface Tool<Input = unknown> {
  readonly name: string;
  readonly description: string;
  readonly input: z.ZodType<Input>;
  readonly effect: 'read' | 'write' | 'closing';
  /** A `write` that may be executed again after a crash hid its outcome; reads and closing tools always may. */
  readonly repeatable?: boolean;
  /** Longest time one call may take; the loop's limit where absent. */
  readonly timeoutMs?: number;
  execute(input: Input, context: ToolContext): Promise<ToolResult>;
}

/** Tools of different inputs in one list; the loop validates an input with the tool's own schema before it executes. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- a list of tools is a list of different inputs
export type AnyTool = Tool<any>;
