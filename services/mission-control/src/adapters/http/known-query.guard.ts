import { DomainError } from '@missions/kernel';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { routeOf } from './route-of.ts';

/** A misspelt filter would show everything: parameters that a route does not have are refused. */
export class KnownQueryGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const route = routeOf(request);
    if (route === undefined || route.role === 'public') return true;
    const known = Object.keys(route.query?.shape ?? {});
    const unknown = Object.keys(request.query as object).filter((name) => !known.includes(name));
    if (unknown.length > 0)
      throw new DomainError(
        'MALFORMED_REQUEST',
        `There is no query parameter ${unknown.join(', ')} here; ${known.length === 0 ? 'there is none at all' : `there is ${known.join(', ')}`}.`,
        { unknown, known },
      );
    return true;
  }
}
