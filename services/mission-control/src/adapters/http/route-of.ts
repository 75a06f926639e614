import { apiRouteOf, type ApiRoute } from '@missions/contracts';
import type { FastifyRequest } from 'fastify';

/** The row of the table that a request is for, HEAD as GET; undefined when there is none. */
export function routeOf({ method, routeOptions }: FastifyRequest): ApiRoute | undefined {
  return apiRouteOf(method === 'HEAD' ? 'GET' : method, routeOptions.url ?? '');
}
