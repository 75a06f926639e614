import { apiRouteOf, mayUse } from '@missions/contracts';
import { DomainError } from '@missions/kernel';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Authenticate } from '../../application/authenticate.ts';
import { setIdentity } from './caller.ts';

/** Denies by default: a route without a row in the table is refused, whoever asks. */
export class AuthorizationGuard implements CanActivate {
  constructor(private readonly authenticate: Authenticate) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const method = request.method === 'HEAD' ? 'GET' : request.method;
    const route = apiRouteOf(method, request.routeOptions.url ?? '');
    if (route?.role === 'public') return true;
    const identity = await this.authenticate.identify(request.headers.authorization);
    setIdentity(request, identity);
    if (route === undefined || !mayUse(identity.role, route))
      throw new DomainError('FORBIDDEN', `The role ${identity.role} may not do this.`, {
        role: identity.role,
        needs: route?.role,
      });
    if (identity.kind === 'agent' && method !== 'GET')
      throw new DomainError('AGENT_MAY_NOT_DECIDE', 'An agent may read, but decides nothing here.');
    return true;
  }
}
