import type { ArtifactStore, EventStore } from '@missions/event-store';
import { RunBench } from '../conformance/run-bench.ts';
import type { TranscriptStore } from './event-transcript.ts';
import type { TranscriptFact } from './facts.ts';
import { lastCheckpoint } from './last-checkpoint.ts';
import type { TranscriptArtifacts } from './spill.ts';

/** The ports of the event store serve a transcript as they are; this stops compiling when they no longer do. */
export const servesAsStore = (store: EventStore): TranscriptStore => store;
export const servesAsArtifacts = (artifacts: ArtifactStore): TranscriptArtifacts => artifacts;

const injected = (text: string): TranscriptFact => ({
  type: 'MessageInjected',
  data: { messageId: 'm', text, turn: 0, by: 'person' },
});

describe('a transcript over an event stream', () => {
  it('writes to the stream of its run, under its token and on behalf of its agent', async () => {
    const bench = new RunBench();
    await bench.transcript(7).append([injected('a'), injected('b')]);
    expect(bench.log.events).toMatchObject([
      {
        stream: 'run-r1',
        version: 1,
        id: 'run-r1/7/0/0',
        token: 7,
        schema: 1,
        actor: { kind: 'agent', id: 'r1' },
      },
      { version: 2, id: 'run-r1/7/0/1', type: 'MessageInjected' },
    ]);
  });

  it('writes once when the acknowledgement was lost', async () => {
    const bench = new RunBench();
    const transcript = bench.transcript(1);
    const append = bench.log.append.bind(bench.log);
    bench.log.append = async (request) => {
      await append(request);
      bench.log.append = append;
      throw new Error('connection lost');
    };
    await expect(transcript.append([injected('a')])).rejects.toThrow('connection lost');
    await transcript.append([injected('a')]);
    await transcript.append([injected('b')]);
    expect(bench.log.events.map(({ id }) => id)).toEqual(['run-r1/1/0/0', 'run-r1/1/1/0']);
  });

  it('reads back what it wrote and leaves out what others add later', async () => {
    const bench = new RunBench();
    await bench.transcript(1).append([injected('a')]);
    const [event] = bench.log.events;
    if (event) bench.log.events.push({ ...event, type: 'SomethingNew', version: 2 });
    expect(await bench.transcript(1).load()).toEqual([injected('a')]);
  });

  it('names the newest checkpoint', () => {
    const taken = (turn: number): TranscriptFact => ({
      type: 'CheckpointTaken',
      data: { turn, sha: `s${String(turn)}` },
    });
    expect(lastCheckpoint([])).toBeUndefined();
    expect(lastCheckpoint([taken(1), taken(2), injected('x')])).toEqual({ turn: 2, sha: 's2' });
  });
});
