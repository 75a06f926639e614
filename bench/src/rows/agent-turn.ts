import { EventTranscript, runAgent, SliceBudget, type Tool } from '@missions/agent';
import { openPostgres, type Postgres } from '@missions/event-store/postgres';
import { createRedactor, systemClock } from '@missions/kernel';
import { urlAs } from '@missions/local';
import { free, withRunHeader, type Model } from '@missions/models';
import { ScriptedModel, scriptSchema } from '@missions/models/scripted';
import { z } from 'zod';
import type { Benchmark } from '../benchmark.ts';
import { asAdmin } from '../ground/log-database.ts';
import { countRow } from '../row.ts';

const SHORT = 1;
const LONG = 21;

/** What one more turn of an agent costs in commits: a run of many turns against one of a single turn. */
export const agentTurn: Benchmark = {
  name: 'turn',
  run: async (ground) => {
    const { adminUrl } = await ground.database('bench_turn');
    const role = 'missions_worker';
    const connectionString = urlAs(adminUrl, role, ground.credentials.rolePasswords[role] ?? '');
    const postgres = openPostgres({ connectionString, poolSize: 2, applicationName: 'missions bench' });
    await runOf(postgres, 'short', SHORT);
    await runOf(postgres, 'long', LONG);
    await postgres.close();
    const commits = (await commitsOf(adminUrl, 'run-long')) - (await commitsOf(adminUrl, 'run-short'));
    const row = countRow({
      name: 'turn-commits',
      what: 'commits of a turn of the agent’s loop (the reply; the results of its tools)',
      unit: 'commits',
      values: [commits / (LONG - SHORT)],
      target: { bound: 'at most', value: 2 },
    });
    return [row];
  },
};

async function runOf({ store, artifacts }: Postgres<unknown>, runId: string, turns: number): Promise<void> {
  const outcome = await runAgent({
    run: { id: runId, token: 1, holder: 'bench' },
    transcript: new EventTranscript({
      store,
      artifacts,
      runId,
      token: 1,
      actor: { kind: 'agent', id: runId, role: 'worker' },
      correlationId: runId,
      causationId: runId,
      clock: systemClock,
    }),
    model: scripted(turns),
    price: free,
    system: 'You note things.',
    firstMessage: withRunHeader({ role: 'worker' }, 'Note them.'),
    tools: [tool('note', 'write'), tool('done', 'closing')],
    limits: { maxTurns: 100, maxTokens: 1_000 },
    budget: new SliceBudget({ sliceUsd: undefined }),
    steering: () => Promise.resolve({ wanted: 'go', messages: [] }),
    redactor: createRedactor({ secrets: [] }),
    clock: systemClock,
    signal: new AbortController().signal,
  });
  if (outcome.kind !== 'closed')
    throw new Error(`The run of ${turns} turns ended otherwise: ${outcome.kind}.`);
}

function scripted(turns: number): Model {
  const played = Array.from({ length: turns }, (_, turn) =>
    turn === turns - 1
      ? { calls: [{ tool: 'done', input: {} }] }
      : { calls: [{ tool: 'note', input: { text: `note ${turn}` } }] },
  );
  return new ScriptedModel(
    'demo/any',
    scriptSchema.parse({ version: 1, runs: [{ match: {}, turns: played }] }),
  );
}

function tool(name: string, effect: Tool['effect']): Tool<{ text: string }> {
  return {
    name,
    description: name,
    effect,
    input: z.strictObject({ text: z.string().default('') }),
    execute: ({ text }) => Promise.resolve({ content: `noted ${text}` }),
  };
}

async function commitsOf(adminUrl: string, stream: string): Promise<number> {
  const [row] = await asAdmin<{ commits: string }>(
    adminUrl,
    `select count(distinct tx)::text as commits from event where stream = '${stream}'`,
  );
  return Number(row?.commits);
}
