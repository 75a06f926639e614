import { MemoryEventStore } from '@missions/event-store/memory';
import { describeBus } from '../conformance/index.ts';
import { MemoryBroker } from './memory-broker.ts';
import { MemoryCursors } from './memory-cursors.ts';

describeBus('memory', () => {
  const broker = new MemoryBroker();
  const stream = (name: string) => broker.stream(name);
  return Promise.resolve({
    store: new MemoryEventStore(),
    cursors: new MemoryCursors(),
    topology: broker.topology,
    connect: () => Promise.resolve(broker.connect()),
    wipe: () => {
      broker.wipe();
      return Promise.resolve();
    },
    fail: () => {
      broker.fail();
      return Promise.resolve();
    },
    recover: () => {
      broker.recover();
      return Promise.resolve();
    },
    published: ({ name }) => Promise.resolve(stream(name).messages.map(({ mark }) => mark?.id)),
    plant: (subject, body, mark) => {
      broker.plant(subject, body, mark);
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  });
});
