import { readFileSync } from 'node:fs';
import { runAgent, type AnyTool, type BudgetMeter, type ToolContext } from '@missions/agent';
import { withRunHeader } from '@missions/models';
import type { ClaimedRun } from './claimed-run.ts';
import { helperRun, transcriptOf } from './transcripts.ts';

export interface ResearchQuestion {
  readonly id: string;
  readonly question: string;
}

export interface ResearchAnswer {
  readonly id: string;
  readonly answer: string;
}

/** Answers each question by a read-only helper with a context of its own; they run in parallel. */
export type Research = (
  questions: readonly ResearchQuestion[],
  call: Pick<ToolContext, 'turn' | 'callId' | 'signal'>,
) => Promise<readonly ResearchAnswer[]>;

const maxTurns = 30;

const system = readFileSync(new URL('./prompts/research.md', import.meta.url), 'utf8').trim();

/** Helpers live inside their parent's lease and budget: they stop with it, and what they spend is its spending. */
export function researchFor(
  claimed: ClaimedRun,
  parts: { readonly tools: readonly AnyTool[]; readonly budget: BudgetMeter },
): Research {
  return (questions, call) =>
    Promise.all(
      questions.map(async ({ id, question }, index) => ({
        id,
        answer: await ask(claimed, parts, {
          question,
          id,
          stream: helperRun(claimed.run.id, call, index),
          signal: call.signal,
        }),
      })),
    );
}

async function ask(
  { host, run, mission, signal }: ClaimedRun,
  { tools, budget }: { readonly tools: readonly AnyTool[]; readonly budget: BudgetMeter },
  question: {
    readonly id: string;
    readonly question: string;
    readonly stream: string;
    readonly signal: AbortSignal;
  },
): Promise<string> {
  const { model, price } = await host.modelFor('researcher');
  const helper = question.stream;
  const header = {
    mission: mission.id,
    role: 'researcher',
    task: 'research',
    question: question.id,
    attempt: 1,
  };
  const outcome = await runAgent({
    run: { id: helper, token: run.token, holder: host.holder },
    transcript: transcriptOf(host, run, helper),
    model,
    price,
    system,
    firstMessage: withRunHeader(header, question.question),
    tools,
    limits: { maxTurns, maxTokens: host.limits.maxTokensPerTurn },
    budget,
    steering: () => Promise.resolve({ wanted: 'go', messages: [] }),
    redactor: host.redactor,
    clock: host.clock,
    signal: AbortSignal.any([signal, question.signal]),
    endsWithText: true,
  });
  if (outcome.kind === 'text') return outcome.text;
  return `(no answer: ${outcome.kind === 'failed' ? `${outcome.cause}: ${outcome.detail}` : outcome.kind})`;
}
