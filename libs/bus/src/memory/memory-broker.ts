import type { Bus } from '../bus.ts';
import { MemoryBus } from './memory-bus.ts';
import { MemoryHub } from './memory-hub.ts';

/** The server half of a bus in memory: several `connect()`ions share it as replicas share a NATS server. */
export class MemoryBroker extends MemoryHub {
  connect(): Bus {
    return new MemoryBus(this);
  }
}
