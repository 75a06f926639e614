import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { AnthropicModel } from '@missions/models/anthropic';
import { startMessagesApiServer, type MessagesApiServer } from '@missions/models/conformance';
import { carefulModel, line, notes } from '../conformance/careful-model.ts';
import { MortalRun, type Moment, type Tree } from '../conformance/mortal-run.ts';
import type { RunOutcome } from '../outcome.ts';
import type { TranscriptFact, TurnRecorded } from '../transcript/facts.ts';

/**
 * The run: append a line to the journal · write notes.md · close. Three turns, one call each.
 * `write` may be repeated, `append` may not: a line that is there twice, or not at all, is the mistake that is looked for.
 */
const TURNS = 3;
const APPENDS = 1;
const finished: Tree = { journal: `${line}\n`, 'notes.md': notes };

/** Everything that can be told of a run from outside, once it is over. */
interface Story {
  readonly outcome: RunOutcome | 'killed';
  readonly tree: Tree;
  /** The replies as recorded: what was said, what it cost, and the digest of what was asked. */
  readonly turns: readonly Pick<TurnRecorded, 'reply' | 'usage' | 'costUsd' | 'requestDigest'>[];
  /** Requests that reached the provider. */
  readonly calls: number;
  /** What the ledger says of calls that came to nothing. */
  readonly lost: readonly (number | 'unpriced')[];
  readonly costUsd: number | 'unpriced';
  /** Calls of which the model was told that nobody knows whether they took effect. */
  readonly unknown: number;
}

describe('a run cut anywhere', () => {
  let server: MessagesApiServer;
  let undisturbed: Story;
  beforeAll(async () => {
    server = await startMessagesApiServer({ model: carefulModel, apiKey: 'k' });
    undisturbed = await tell((run) => run.hold());
  });
  afterAll(() => server.close());

  it('ends undisturbed with a call for each turn and nothing lost', () => {
    expect(undisturbed).toMatchObject({ tree: finished, calls: TURNS, lost: [], unknown: 0 });
    expect(undisturbed.turns).toHaveLength(TURNS);
    expect(undisturbed.outcome).toMatchObject({ kind: 'closed', turn: TURNS });
  });

  describe('at every byte of a reply that calls a tool', () => {
    it('when the connection breaks: asks once more, and says what that cost', async () => {
      const stories = await eachByte((run, cut) => run.hold(cut));
      expect(stories.flatMap(deviations)).toEqual([]);
    }, 300_000);

    it('when the holder dies with it: the next one asks once more, and says what that cost', async () => {
      const stories = await eachByte(async (run, cut) => {
        await run.hold((moment) => cut(moment) || moment === 'inside-reply');
        return run.hold();
      });
      expect(stories.flatMap(deviations)).toEqual([]);
    }, 300_000);
  });

  describe.each<[string, (run: MortalRun) => Promise<void>]>([
    ['on the same host', () => Promise.resolve()],
    ['on another host, from the last checkpoint', (run) => run.moveToAnotherHost()],
  ])('and taken over %s', (_where, move) => {
    // moment · how often it is passed · whether a call may have been lost · whether the append's outcome is unknown
    it.each<[Moment, number, 'call lost' | 'nothing lost', 'append unknown' | 'all known']>([
      ['resumed', 1, 'call lost', 'all known'],
      ['before-call', 3, 'call lost', 'all known'],
      ['after-call', 3, 'call lost', 'all known'],
      ['turn-recorded', 3, 'nothing lost', 'append unknown'],
      ['before-tool', 3, 'nothing lost', 'append unknown'],
      ['inside-tool', 3, 'nothing lost', 'append unknown'],
      ['inside-tool-after-effect', 3, 'nothing lost', 'append unknown'],
      ['after-tool', 3, 'nothing lost', 'append unknown'],
      ['before-results', 3, 'nothing lost', 'append unknown'],
      ['results-recorded', 3, 'call lost', 'all known'],
    ])('after a kill at %s (passed %i times): %s, %s', async (moment, passings, losing, knowing) => {
      for (let passing = 1; passing <= passings; passing += 1) {
        const story = await tell(async (run) => {
          expect(await run.hold(nth(passing, moment))).toBe('killed');
          await move(run);
          return run.hold();
        });
        const unknown = knowing === 'append unknown' && passing === APPENDS ? 1 : 0;
        expect(story).toMatchObject({ tree: finished, unknown, outcome: { kind: 'closed' } });
        // The model looks after an append of which nobody knows, and repeats it when it is not there.
        if (unknown === 0) expect(story.turns).toEqual(undisturbed.turns);
        const closing = moment === 'results-recorded' && passing === TURNS;
        expect(story.lost).toHaveLength(losing === 'call lost' && !closing ? 1 : 0);
        expect(isPaid(story)).toBe(true);
        // A call that was about to be sent is charged like one that was: nobody can know.
        const sent = moment === 'after-call' ? story.lost.length : 0;
        expect(story.calls).toBe(story.turns.length + sent);
      }
    });

    it('ends the same however often, and wherever, its holders die', async () => {
      const death = fc.record({
        passing: fc.integer({ min: 1, max: 30 }),
        byte: fc.integer({ min: 0, max: 1500 }),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(death, { maxLength: 5 }), async (deaths) => {
          const story = await tell(async (run) => {
            for (const { passing, byte } of deaths) {
              const [dies, cut] = [nth(passing), cutOfReply(1, byte)];
              await run.hold((moment) => dies(moment) || cut(moment));
              await move(run);
            }
            return run.hold();
          });
          expect(story).toMatchObject({ tree: finished, outcome: { kind: 'closed' } });
          expect(isPaid(story)).toBe(true);
          expect(story.calls).toBeLessThanOrEqual(story.turns.length + story.lost.length);
        }),
        { numRuns: 40 },
      );
    }, 60_000);
  });

  /** The same run once for each byte of its first reply, the stream cut after that byte. */
  async function eachByte(
    play: (run: MortalRun, cut: (moment: Moment) => boolean) => Promise<RunOutcome | 'killed'>,
  ): Promise<readonly CutStory[]> {
    const text = await streamOf(1);
    const end = text.indexOf('event: message_stop');
    const stories: CutStory[] = [];
    for (let byte = 0; byte <= Buffer.byteLength(text); byte += 1) {
      const story = await tell((run) => play(run, cutOfReply(1, byte)));
      stories.push({ ...story, byte, isComplete: byte > Buffer.byteLength(text.slice(0, end)) });
    }
    return stories;
  }

  /** What is wrong with a story, in words; nothing when it is as if nothing had happened but one call more. */
  function deviations(story: CutStory): readonly string[] {
    const { byte, isComplete, lost } = story;
    const rules: Readonly<Record<string, boolean>> = {
      'the run did not close': hasClosed(story.outcome),
      'the tree is another': isDeepStrictEqual(story.tree, finished),
      'the turns are others': isDeepStrictEqual(story.turns, undisturbed.turns),
      'a call was made that the ledger does not know': story.calls === TURNS + lost.length,
      'the lost call is not in the ledger': lost.length === 1 || isComplete,
      'the lost call is not in the cost': isPaid(story),
    };
    return Object.keys(rules).flatMap((rule) => (rules[rule] ? [] : [`byte ${byte}: ${rule}`]));
  }

  /** Never ends a holder; makes the connection of its n-th call break after so many bytes of the reply. */
  function cutOfReply(call: number, afterBytes: number): (moment: Moment) => false {
    let left = call;
    return (moment) => {
      if (moment === 'before-call' && (left -= 1) === 0) server.fail({ kind: 'cut', afterBytes });
      return false;
    };
  }

  async function tell(play: (run: MortalRun) => Promise<RunOutcome | 'killed'>): Promise<Story> {
    const before = server.requests.length;
    const run = await MortalRun.start(provider());
    const outcome = await play(run);
    const [tree, facts] = [await run.tree(), await run.facts()];
    await run.end();
    return {
      outcome,
      tree,
      ...ledgerOf(facts),
      calls: server.requests.length - before,
      costUsd: outcome === 'killed' ? 'unpriced' : outcome.usage.costUsd,
    };
  }

  function provider(): AnthropicModel {
    return new AnthropicModel({
      id: 'anthropic/any',
      model: 'any',
      apiKey: 'k',
      baseUrl: server.url,
      retry: { wait: () => Promise.resolve() },
    });
  }

  /** The bytes of the n-th reply, as the server streams them. */
  async function streamOf(call: number): Promise<string> {
    const response = await fetch(`${server.url}/v1/messages`, {
      method: 'POST',
      headers: { 'x-api-key': 'k' },
      body: JSON.stringify(server.requests[call - 1]),
    });
    return response.text();
  }
});

interface CutStory extends Story {
  readonly byte: number;
  /** The break came behind the end of the reply. */
  readonly isComplete: boolean;
}

function hasClosed(outcome: RunOutcome | 'killed'): boolean {
  return outcome !== 'killed' && outcome.kind === 'closed' && outcome.turn === TURNS;
}

function ledgerOf(facts: readonly TranscriptFact[]): Pick<Story, 'turns' | 'lost' | 'unknown'> {
  return {
    turns: facts.flatMap((fact) => {
      if (fact.type !== 'TurnRecorded') return [];
      const { reply, usage, costUsd, requestDigest } = fact.data;
      return [{ reply, usage, costUsd, requestDigest }];
    }),
    lost: facts.flatMap((fact) => {
      if (fact.type === 'CallAbandoned') return [fact.data.costUsd];
      return fact.type === 'RunResumed' && fact.data.lostCall ? [fact.data.lostCall.costUsd] : [];
    }),
    unknown: facts.flatMap((fact) =>
      fact.type === 'ToolResultsRecorded'
        ? fact.data.results.filter(({ refused }) => refused === 'outcome_unknown')
        : [],
    ).length,
  };
}

function isPaid({ turns, lost, costUsd }: Story): boolean {
  const known = [...turns.map((turn) => turn.costUsd), ...lost];
  const sum = known.reduce<number>((usd, cost) => usd + Number(cost), 0);
  return lost.every((cost) => Number(cost) > 0) && Math.abs(sum - Number(costUsd)) < 1e-9;
}

/** Dies at the n-th moment of a kind, or of any. */
function nth(passing: number, only?: Moment): (moment: Moment) => boolean {
  let left = passing;
  return (moment) => (only === undefined || moment === only) && (left -= 1) === 0;
}
