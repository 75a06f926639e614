import type { LoggerService } from '@nestjs/common';
import type { Logger } from './logger.ts';

/** Nest's own lines in our log; its chatter about modules and routes is for debugging only. */
export class NestLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(message: unknown, ...rest: readonly unknown[]): void {
    this.logger.debug(nestFields(rest), text(message));
  }

  warn(message: unknown, ...rest: readonly unknown[]): void {
    this.logger.warn(nestFields(rest), text(message));
  }

  error(message: unknown, ...rest: readonly unknown[]): void {
    const err = message instanceof Error ? { err: message } : {};
    this.logger.error({ ...nestFields(rest), ...err }, text(message));
  }

  fatal(message: unknown, ...rest: readonly unknown[]): void {
    this.logger.fatal(nestFields(rest), text(message));
  }

  debug(message: unknown, ...rest: readonly unknown[]): void {
    this.logger.debug(nestFields(rest), text(message));
  }
}

function text(message: unknown): string {
  if (typeof message === 'string') return message;
  return message instanceof Error ? message.message : JSON.stringify(message);
}

// Nest passes an optional stack and the name of who speaks, last.
function nestFields(rest: readonly unknown[]): { readonly nest?: unknown; readonly detail?: unknown } {
  const name = rest.at(-1);
  return rest.length > 1 ? { nest: name, detail: rest.slice(0, -1) } : { nest: name };
}
