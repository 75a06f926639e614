import { DomainError } from '@missions/kernel';
import { applyDecorators, Controller, StandardSchemaValidationPipe, UsePipes } from '@nestjs/common';

/** A controller of the HTTP API: bodies and queries are checked by the schema beside them. */
export function ApiController(): ClassDecorator {
  return applyDecorators(
    Controller(),
    UsePipes(new StandardSchemaValidationPipe({ exceptionFactory: malformed })),
  );
}

interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

function malformed(issues: readonly SchemaIssue[]): DomainError {
  const faults = issues.map(({ path, message }) => ({ path: pathOf(path), problem: message }));
  const text = faults.map(({ path, problem }) => (path === '' ? problem : `${path}: ${problem}`));
  return new DomainError('MALFORMED_REQUEST', `The request is malformed: ${text.join('; ')}.`, { faults });
}

function pathOf(path: SchemaIssue['path']): string {
  return (path ?? []).map((part) => String(typeof part === 'object' ? part.key : part)).join('.');
}
