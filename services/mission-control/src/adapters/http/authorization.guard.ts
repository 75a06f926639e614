import { mayUse } from '@missions/contracts';
import { DomainError } from '@missions/kernel';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Authenticate } from '../../application/authenticate.ts';
import { setIdentity } from './caller.ts';
import { routeOf } from './route-of.ts';

/** Denies by default: a route without a row in the table is refused, whoever asks. */
export class AuthorizationGuard implements CanActivate {
  constructor(private readonly authenticate: Authenticate) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const route = routeOf(request);
    if (route?.role === 'public') return true;
    const identity = await this.authenticate.identify(request.headers.authorization);
    setIdentity(request, identity);
    if (route === undefined || !mayUse(identity.role, route))
      throw new DomainError('FORBIDDEN', `The role ${identity.role} may not do this.`, {
        role: identity.role,
        needs: route?.role,
      });
    if (identity.kind === 'agent' && !['GET', 'HEAD'].includes(request.method))
      throw new DomainError('AGENT_MAY_NOT_DECIDE', 'An agent may read, but decides nothing here.');
    return true;
  }
}
