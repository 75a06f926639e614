import { readFileSync } from 'node:fs';
import {
  mostQuestions,
  type AnyTool,
  type BudgetMeter,
  type Progress,
  type Research,
  type ResearchQuestion,
} from '@missions/agent';
import { DomainError } from '@missions/kernel';
import { AtOnce } from './at-once.ts';
import type { ClaimedRun } from './claimed-run.ts';
import { runHelper } from './child-run.ts';
import { helperRun } from './transcripts.ts';

const maxTurns = 30;
/** Helpers of one run that work at the same time, over all its calls; the others wait for their turn. */
const helpersAtOnce = 4;
/** How often a run shows what its helpers do. */
const shownEveryMs = 250;

const system = readFileSync(new URL('./prompts/research.md', import.meta.url), 'utf8').trim();

interface ResearchParts {
  readonly tools: readonly AnyTool[];
  readonly budget: BudgetMeter;
}

/**
 * Helpers live inside their parent's lease and budget: they stop with it, and what they spend is its spending. They only
 * read, and have no helpers of their own. One that has answered is not asked again after a takeover.
 */
export function researchFor(claimed: ClaimedRun, { tools, budget }: ResearchParts): Research {
  const places = new AtOnce(helpersAtOnce);
  const parts = {
    budget,
    tools: tools.filter(({ name, effect }) => effect === 'read' && name !== 'research'),
  };
  return (questions, call) => {
    if (questions.length > mostQuestions)
      throw new DomainError(
        'TOO_MANY_QUESTIONS',
        `At most ${String(mostQuestions)} questions are asked at once.`,
        {
          questions: questions.length,
        },
      );
    return Promise.all(
      questions.map(async (asked, index) => ({
        id: asked.id,
        answer: await places.run(() => ask(claimed, parts, { ...asked, call, index })),
      })),
    );
  };
}

interface AskedQuestion extends ResearchQuestion {
  readonly call: Parameters<Research>[1];
  readonly index: number;
}

async function ask(claimed: ClaimedRun, parts: ResearchParts, asked: AskedQuestion): Promise<string> {
  const { host, run, mission } = claimed;
  const signal = AbortSignal.any([claimed.signal, asked.call.signal]);
  // It may have waited for its turn until nobody waits for its answer any more.
  if (signal.aborted) return '(no answer: it was stopped)';
  const outcome = await runHelper(
    claimed,
    { budget: parts.budget, signal },
    {
      id: helperRun(run.id, asked.call, asked.index),
      role: 'researcher',
      model: await host.modelFor('researcher'),
      system,
      header: { mission: mission.id, role: 'researcher', task: 'research', question: asked.id, attempt: 1 },
      text: asked.question,
      tools: parts.tools,
      maxTurns,
      endsWithText: true,
      onProgress: showing(asked),
    },
  );
  if (outcome.kind === 'text') return outcome.text;
  return `(no answer: ${outcome.kind === 'failed' ? `${outcome.cause}: ${outcome.detail}` : outcome.kind})`;
}

/** What a helper does is what its run does, and moves it. */
function showing({ id, call }: AskedQuestion): (progress: Progress) => void {
  let shownAt = Number.NEGATIVE_INFINITY;
  return ({ lastToolLine }) => {
    if (performance.now() - shownAt < shownEveryMs) return;
    shownAt = performance.now();
    call.progress(`${id}: ${lastToolLine ?? 'thinking'}`);
  };
}
