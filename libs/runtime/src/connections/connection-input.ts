import type { Environment } from '../config/environment-layer.ts';
import type { ServiceParts } from '../service/service-parts.ts';

/** The parts of a service that need no connection, and the variables its secrets are looked up in. */
export type ConnectionInput = Omit<ServiceParts, 'store' | 'bus'> & { readonly variables: Environment };
