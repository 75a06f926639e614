import { describeArtifactStore, describeEventStore } from '../conformance/index.ts';
import { MemoryArtifactStore, MemoryEventStore } from './index.ts';

const close = (): Promise<void> => Promise.resolve();

describeEventStore('memory', () => {
  const over = new MemoryEventStore();
  return Promise.resolve({ open: (options) => new MemoryEventStore({ ...options, over }), close });
});

describeArtifactStore('memory', () => {
  const over = new MemoryArtifactStore();
  return Promise.resolve({ open: (options) => new MemoryArtifactStore({ ...options, over }), close });
});
