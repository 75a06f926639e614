import { AsyncLocalStorage } from 'node:async_hooks';
import type { Redactor } from '@missions/kernel';
import { pino, type DestinationStream } from 'pino';

/** What a line of the log is about; added to every line written while it is in force. */
export interface LogContext {
  readonly missionId?: string;
  readonly featureId?: string;
  readonly runId?: string;
  readonly correlationId?: string;
  readonly subject?: string;
}

type LogFields = Readonly<Record<string, unknown>>;

/** Structured lines: fields first, then one sentence. An `err` field is written with its stack and causes. */
export interface Logger {
  readonly debug: (fields: LogFields, message: string) => void;
  readonly info: (fields: LogFields, message: string) => void;
  readonly warn: (fields: LogFields, message: string) => void;
  readonly error: (fields: LogFields, message: string) => void;
  readonly fatal: (fields: LogFields, message: string) => void;
  readonly child: (fields: LogFields) => Logger;
}

export interface LoggerOptions {
  readonly service: string;
  readonly level: string;
  /** Every line passes through it, so that no secret reaches the log whatever a field holds. */
  readonly redactor: Redactor;
  /** Standard output unless given. */
  readonly destination?: DestinationStream;
}

const contexts = new AsyncLocalStorage<LogContext>();

/** Runs `work`, with this context in every line it logs, added to the context already in force. */
export function withLogContext<R>(context: LogContext, work: () => R): R {
  return contexts.run({ ...contexts.getStore(), ...context }, work);
}

/** JSON lines on standard output. Writes are synchronous, so that the last words of a dying process are kept. */
export function createLogger({ service, level, redactor, destination }: LoggerOptions): Logger {
  return pino(
    {
      level,
      base: { service, pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      mixin: () => contexts.getStore() ?? {},
      hooks: { streamWrite: (text) => redactor.redact(text) },
    },
    destination ?? pino.destination({ fd: 1, sync: true }),
  );
}
