import { DomainError } from '@missions/kernel';
import {
  applyDecorators,
  Catch,
  Controller,
  StandardSchemaValidationPipe,
  UseFilters,
  UsePipes,
  type RpcExceptionFilter,
} from '@nestjs/common';
import { throwError, type Observable } from 'rxjs';

/** A controller of `@MessagePattern`s: payloads are checked by the schema of `@Payload`, refusals reach the asker. */
export function RequestController(): ClassDecorator {
  return applyDecorators(
    Controller(),
    UsePipes(new StandardSchemaValidationPipe({ exceptionFactory: malformed })),
    UseFilters(new ErrorsAsTheyAre()),
  );
}

// Nest would answer every error as "Internal server error", so that a refusal looks like a fault to be repeated.
@Catch()
class ErrorsAsTheyAre implements RpcExceptionFilter {
  catch(error: unknown): Observable<never> {
    return throwError(() => error);
  }
}

interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

function malformed(issues: readonly SchemaIssue[]): DomainError {
  const faults = issues.map(({ path, message }) => ({ path: pathOf(path), problem: message }));
  const text = faults.map(({ path, problem }) => (path === '' ? problem : `${path}: ${problem}`));
  return new DomainError('MALFORMED_COMMAND', `The request is malformed: ${text.join('; ')}.`, { faults });
}

function pathOf(path: SchemaIssue['path']): string {
  return (path ?? []).map((part) => String(typeof part === 'object' ? part.key : part)).join('.');
}
