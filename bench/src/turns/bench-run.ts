import { EventTranscript, runAgent, SliceBudget, type Tool } from '@missions/agent';
import { openPostgres, type Postgres } from '@missions/event-store/postgres';
import { createRedactor, systemClock } from '@missions/kernel';
import { urlAs } from '@missions/local';
import { free, withRunHeader, type Model } from '@missions/models';
import { z } from 'zod';
import { asAdmin } from '../ground/log-database.ts';
import type { Ground } from '../ground/ground.ts';

const role = 'missions_worker';
const token = 1;

/** The log as a worker writes it; the caller closes it. */
export function openAsWorker(ground: Ground, adminUrl: string, poolSize: number): Postgres<unknown> {
  const connectionString = urlAs(adminUrl, role, ground.credentials.rolePasswords[role] ?? '');
  return openPostgres({ connectionString, poolSize, applicationName: 'missions bench' });
}

/** Gives the worker these runs, as a claim does: a worker writes about no run that it does not hold. */
export async function holdRuns(adminUrl: string, runIds: readonly string[]): Promise<void> {
  const rows = runIds.map((runId) => `('${runId}', 'bench', ${token}, 'bench', 'infinity')`);
  await asAdmin(
    adminUrl,
    `insert into run_lease (run_id, mission_id, token, holder, expires_at) values ${rows.join(', ')}`,
  );
}

/** One run of the agent's loop from its first event to its closing call, with everything that a real one has but its model. */
export async function benchRun(
  { store, artifacts }: Postgres<unknown>,
  runId: string,
  model: Model,
): Promise<void> {
  const outcome = await runAgent({
    run: { id: runId, token, holder: 'bench' },
    transcript: new EventTranscript({
      store,
      artifacts,
      runId,
      token,
      actor: { kind: 'agent', id: runId, role: 'worker' },
      correlationId: runId,
      causationId: runId,
      clock: systemClock,
    }),
    model,
    price: free,
    system: 'You note things.',
    firstMessage: withRunHeader({ role: 'worker' }, 'Note them.'),
    tools: [tool('note', 'write'), tool('done', 'closing')],
    limits: { maxTurns: 1_000_000, maxTokens: 1_000 },
    budget: new SliceBudget({ sliceUsd: undefined }),
    steering: () => Promise.resolve({ wanted: 'go', messages: [] }),
    redactor: createRedactor({ secrets: [] }),
    clock: systemClock,
    signal: new AbortController().signal,
  });
  if (outcome.kind !== 'closed')
    throw new Error(`The run ${runId} ended otherwise: ${JSON.stringify(outcome)}.`);
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
