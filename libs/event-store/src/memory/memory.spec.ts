import { describeArtifactStore, describeEventStore } from '../conformance/index.ts';
import { MemoryArtifactStore, MemoryEventStore } from './index.ts';

const close = (): Promise<void> => Promise.resolve();

describeEventStore('memory', () => {
  const over = new MemoryEventStore();
  const notes: string[] = [];
  const calls = {
    note_beside: (argument: unknown) => {
      const note = (argument as { readonly note: string | null } | null)?.note;
      if (note == null) throw new Error('There is nothing to note.');
      notes.push(note);
      return argument;
    },
  };
  return Promise.resolve({
    open: (options) => new MemoryEventStore({ ...options, over, calls }),
    noted: () => Promise.resolve(notes),
    close,
  });
});

describeArtifactStore('memory', () => {
  const over = new MemoryArtifactStore();
  const held = new Map<string, number>();
  return Promise.resolve({
    open: (options) =>
      new MemoryArtifactStore({
        ...options,
        over,
        holds: ({ runId, token }) => held.get(runId) === token,
      }),
    claim: ({ runId, token }) => Promise.resolve(void held.set(runId, token)),
    release: (runId) => Promise.resolve(void held.delete(runId)),
    close,
  });
});
