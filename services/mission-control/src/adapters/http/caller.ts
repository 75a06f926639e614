import { DomainError } from '@missions/kernel';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { CommandOrigin } from '../../application/send-command.ts';
import type { Identity } from '../../ports/access-tokens.ts';

const identities = new WeakMap<FastifyRequest, Identity>();

export function setIdentity(request: FastifyRequest, identity: Identity): void {
  identities.set(request, identity);
}

function identityOf(request: FastifyRequest): Identity {
  const identity = identities.get(request);
  if (identity === undefined) throw new Error('A route was reached without an identity.');
  return identity;
}

/** Who sends the request. */
export const Caller = createParamDecorator((_data: unknown, context: ExecutionContext): Identity =>
  identityOf(context.switchToHttp().getRequest()),
);

/** Who sends a command, with what makes a repeat of it known and the version it was decided at. */
export const Origin = createParamDecorator((_data: unknown, context: ExecutionContext): CommandOrigin => {
  const request = context.switchToHttp().getRequest<FastifyRequest>();
  return {
    identity: identityOf(request),
    idempotencyKey: idempotencyKey(request.headers['idempotency-key']),
    expectedVersion: expectedVersion(request.headers['if-match']),
  };
});

function idempotencyKey(header: string | string[] | undefined): string | undefined {
  if (header === undefined) return undefined;
  if (typeof header === 'string' && header.length >= 1 && header.length <= 200) return header;
  throw new DomainError('MALFORMED_REQUEST', 'Idempotency-Key: one value of at most 200 characters.');
}

function expectedVersion(header: string | undefined): number | undefined {
  if (header === undefined || header === '*') return undefined;
  const version = /^(?:W\/)?"?(\d{1,9})"?$/.exec(header)?.[1];
  if (version !== undefined) return Number(version);
  throw new DomainError('MALFORMED_REQUEST', 'If-Match: the version (SEQ) the command was decided at.');
}
