import { apiRouteOf } from '@missions/contracts';
import { DomainError } from '@missions/kernel';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

/** A misspelt filter would show everything: parameters that a route does not have are refused. */
export class KnownQueryGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { method, query, routeOptions } = context.switchToHttp().getRequest<FastifyRequest>();
    const route = apiRouteOf(method === 'HEAD' ? 'GET' : method, routeOptions.url ?? '');
    if (route === undefined || route.role === 'public') return true;
    const known = Object.keys(route.query?.shape ?? {});
    const unknown = Object.keys(query as object).filter((name) => !known.includes(name));
    if (unknown.length > 0)
      throw new DomainError(
        'MALFORMED_REQUEST',
        `There is no query parameter ${unknown.join(', ')} here; ${known.length === 0 ? 'there is none at all' : `there is ${known.join(', ')}`}.`,
        { unknown, known },
      );
    return true;
  }
}
