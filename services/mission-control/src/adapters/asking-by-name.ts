import type { Requester } from '@missions/bus';

/** The service that was asked gave no answer; after a time-out it is unknown whether it did what it was asked. */
export class ServiceAwayError extends Error {
  readonly kind = 'fault';
  constructor(
    readonly service: string,
    readonly code: string,
    options: { readonly cause: unknown },
  ) {
    super(`${service} does not answer.`, options);
    this.name = 'ServiceAwayError';
  }
}

/** Who answers `cmd.<owner>.…` */
const services: Readonly<Record<string, string>> = {
  mission: 'orchestrator-decide',
  resource: 'resource-lock',
};

const silent: ReadonlySet<unknown> = new Set(['BUS_NO_RESPONDERS', 'BUS_TIMEOUT']);

/** Asks as `requester` does, and where nobody answered says which service that was; every other error passes unchanged. */
export function askingByName(requester: Requester): Requester {
  return {
    request: async (subject, payload, options) => {
      try {
        return await requester.request(subject, payload, options);
      } catch (error) {
        const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
        const service = services[subject.split('.')[1] ?? ''];
        if (service === undefined || typeof code !== 'string' || !silent.has(code)) throw error;
        throw new ServiceAwayError(service, code, { cause: error });
      }
    },
  };
}
