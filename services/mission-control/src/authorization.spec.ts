import 'reflect-metadata';
import { apiRouteOf, apiRoutes, mayUse, type ApiRoute } from '@missions/contracts';
import { RequestMethod } from '@nestjs/common';
import { MissionControlModule } from './mission-control.module.ts';

type Controller = new (...args: never[]) => object;

/** Every route the service answers beside those of the runtime, as `METHOD path`. */
function declaredRoutes(): readonly string[] {
  const controllers = Reflect.getMetadata('controllers', MissionControlModule) as readonly Controller[];
  return controllers.flatMap(({ prototype }) =>
    Object.getOwnPropertyNames(prototype).flatMap((name) => {
      const handler: unknown = Reflect.get(prototype as object, name);
      if (typeof handler !== 'function') return [];
      const path = Reflect.getMetadata('path', handler) as string | undefined;
      const method = Reflect.getMetadata('method', handler) as RequestMethod | undefined;
      return path === undefined || method === undefined ? [] : [`${RequestMethod[method]} /${path}`];
    }),
  );
}

const ofTheRuntime = ['GET /health/live', 'GET /health/ready', 'GET /metrics'];

describe('the authorization table', () => {
  it('has exactly one row for each route the service answers', () => {
    expect([...declaredRoutes(), ...ofTheRuntime].toSorted()).toEqual(Object.keys(apiRoutes).toSorted());
  });

  it('refuses what has no row', () => {
    expect(apiRouteOf('DELETE', '/v1/missions/:id')).toBeUndefined();
    expect(apiRouteOf('GET', '/toString')).toBeUndefined();
  });

  it('lets nobody without a token near a mission', () => {
    const open = Object.entries<ApiRoute>(apiRoutes).filter(([, { role }]) => role === 'public');
    expect(open.map(([key]) => key)).toEqual(['GET /v1/openapi.json', ...ofTheRuntime]);
  });

  it('asks for an operator wherever something is changed, and for an admin where rights are given', () => {
    for (const [key, route] of Object.entries<ApiRoute>(apiRoutes)) {
      if (key.startsWith('GET ')) continue;
      expect(mayUse('viewer', route)).toBe(false);
      expect(mayUse('operator', route)).toBe(!key.includes('/tokens'));
      expect(mayUse('admin', route)).toBe(true);
    }
  });
});
