import type { Bus } from '@missions/bus';
import type { ConnectionInput } from './connection-input.ts';
import { openServiceBus } from './service-bus.ts';
import { openServiceStore } from './open-service-store.ts';
import type { ServiceStore } from './service-store.ts';

export interface Connections {
  readonly store: ServiceStore;
  readonly bus: Bus;
  readonly close: () => Promise<void>;
}

/** Opens both connections, or rejects with neither left open. */
export async function openConnections(input: ConnectionInput): Promise<Connections> {
  const store = await openServiceStore(input);
  try {
    const bus = await openServiceBus(input);
    const close = async (): Promise<void> => {
      await bus.close();
      await store.close();
    };
    return { store, bus, close };
  } catch (error) {
    await store.close();
    throw error;
  }
}
