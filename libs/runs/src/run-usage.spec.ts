import type { TranscriptFact } from '@missions/agent';
import type { StreamReader } from '@missions/event-store';
import type { EventEnvelope } from '@missions/kernel';
import { mostHelperEntries } from '@missions/mission';
import { runLedger } from './run-usage.ts';
import { helperRun } from './transcripts.ts';

const tokens = { input: 100, output: 10, cacheRead: 40, cacheWrite: 7 };

function turn(number: number, costUsd: number | 'unpriced', call?: string): TranscriptFact {
  const reply =
    call === undefined ? [] : [{ type: 'tool_use' as const, id: call, name: 'research', input: {} }];
  return {
    type: 'TurnRecorded',
    data: {
      turn: number,
      reply,
      stopReason: 'tool_use',
      usage: tokens,
      costUsd,
      requestDigest: 'd',
      at: 'now',
    },
  };
}

const began = (model: string): TranscriptFact => ({
  type: 'ContextAssembled',
  data: { model, system: '', firstMessage: '', tools: [] },
});
const tookOver = (costUsd: number | 'unpriced'): TranscriptFact => ({
  type: 'RunResumed',
  data: { token: 9, holder: 'host-2', lostCall: { turn: 2, costUsd, usage: tokens } },
});

/** Transcripts by run. */
function log(transcripts: Readonly<Record<string, readonly TranscriptFact[]>>): StreamReader {
  return {
    read: (stream: string) =>
      Promise.resolve((transcripts[stream.slice('run-'.length)] ?? []) as unknown as EventEnvelope[]),
  } as unknown as StreamReader;
}

describe('the ledger of a run', () => {
  it('adds up every turn, tokens of the cache apart', async () => {
    const { usage, helpers, lost } = await runLedger(log({ r1: [turn(1, 0.5), turn(2, 0.25)] }), 'r1');
    expect(usage).toEqual({
      turns: 2,
      input: 200,
      output: 20,
      cacheRead: 80,
      cacheWrite: 14,
      costUsd: 0.75,
      unpriced: false,
    });
    expect(helpers).toEqual([]);
    expect(lost).toBeUndefined();
  });

  it('tells calls apart whose reply was lost, whoever noticed it', async () => {
    const stopped: TranscriptFact = { type: 'CallAbandoned', data: { turn: 3, costUsd: 2, usage: tokens } };
    const facts = [turn(1, 0.5), tookOver(1), turn(2, 0.5), stopped];
    const { usage, lost } = await runLedger(log({ r1: facts }), 'r1');
    expect(usage).toMatchObject({ turns: 2, costUsd: 4 });
    expect(lost).toMatchObject({ calls: 2, usage: { turns: 0, input: 200, costUsd: 3 } });
  });

  it('keeps the known part of a cost when another part of it has no price', async () => {
    const { usage } = await runLedger(log({ r1: [turn(1, 0.5), turn(2, 'unpriced')] }), 'r1');
    expect(usage).toMatchObject({ costUsd: 0.5, unpriced: true, input: 200 });
  });

  it('counts calls of other models and summaries of the conversation, which are no turns', async () => {
    const call: TranscriptFact = {
      type: 'ExternalCallRecorded',
      data: { turn: 1, model: 'local/tiny', usage: tokens, costUsd: 0.125, at: 'now' },
    };
    const { usage, models } = await runLedger(log({ r1: [turn(1, 1), call] }), 'r1');
    expect(usage).toMatchObject({ turns: 1, costUsd: 1.125 });
    expect(models).toMatchObject([
      { usage: { costUsd: 1 } },
      { model: 'local/tiny', usage: { costUsd: 0.125 } },
    ]);
    expect(await runLedger(log({ r1: [turn(1, 1)] }), 'r1')).not.toHaveProperty('models');
  });

  it('tells the lost calls of an external agent, and counts no call twice that began and ended', async () => {
    const at = 'now';
    const began = (callId: string): TranscriptFact => ({
      type: 'ExternalCallBegun',
      data: { callId, turn: 1, model: 'm/x', worst: { usage: tokens, costUsd: 2 }, at },
    });
    const ended = (callId: string, costUsd: number, lost?: true): TranscriptFact => ({
      type: 'ExternalCallRecorded',
      data: { callId, turn: 1, model: 'm/x', usage: tokens, costUsd, at, ...(lost && { lost }) },
    });
    const facts = [began('a'), ended('a', 0.5), began('b'), ended('b', 2, true)];
    const { usage, lost } = await runLedger(log({ r1: facts }), 'r1');
    expect(usage.costUsd).toBe(2.5);
    expect(lost).toMatchObject({ calls: 1, usage: { costUsd: 2 } });
  });

  it('names each helper with its model; they are part of the whole and not of its own', async () => {
    const at = (index: number) => helperRun('r1', { turn: 1, callId: 'c' }, index);
    const ledger = await runLedger(
      log({
        r1: [turn(1, 1, 'c'), turn(2, 1)],
        [at(0)]: [began('local/tiny'), turn(1, 0.25)],
        [at(1)]: [began('local/tiny'), turn(1, 'unpriced'), tookOver(0.5)],
      }),
      'r1',
    );
    expect(ledger.usage).toMatchObject({ turns: 4, costUsd: 2.75, unpriced: true });
    expect(ledger.own).toMatchObject({ turns: 2, costUsd: 2, unpriced: false });
    expect(ledger.helpers).toMatchObject([
      { id: at(0), model: 'local/tiny', usage: { costUsd: 0.25 } },
      { id: at(1), model: 'local/tiny', usage: { costUsd: 0.5, unpriced: true } },
    ]);
    expect(ledger.lost).toMatchObject({ calls: 1 });
  });

  it('stays small however many helpers were asked, and loses none of what they cost', async () => {
    const turns = Array.from({ length: 20 }, (_, index) => turn(index + 1, 0, 'c'));
    const helpers = turns.flatMap((_, index) =>
      Array.from({ length: 8 }, (_one, place) => helperRun('r1', { turn: index + 1, callId: 'c' }, place)),
    );
    const transcripts = Object.fromEntries(helpers.map((id) => [id, [turn(1, 0.5)]]));
    const ledger = await runLedger(log({ r1: turns, ...transcripts }), 'r1');
    expect(ledger.helpers).toHaveLength(mostHelperEntries);
    expect(ledger.helpers.at(-1)).toMatchObject({ id: '61 more' });
    expect(ledger.helpers.reduce((sum, { usage }) => sum + usage.costUsd, 0)).toBe(80);
  });
});
