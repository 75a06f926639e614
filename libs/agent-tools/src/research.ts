import type { Tool, ToolContext } from '@missions/agent';
import { z } from 'zod';
import { headAndTail, outputLimits } from './output-limits.ts';

const questionSchema = z.strictObject({
  id: z.string().min(1).max(64),
  question: z.string().min(1).max(4_000),
});

const input = z.strictObject({
  questions: z
    .array(questionSchema)
    .min(1)
    .max(8)
    .refine((questions) => new Set(questions.map(({ id }) => id)).size === questions.length, 'ids differ'),
});

export type ResearchQuestion = z.infer<typeof questionSchema>;

export interface ResearchAnswer {
  readonly id: string;
  readonly answer: string;
}

/** Answers questions by read-only helpers, in parallel; one answer for each, also when a helper failed. */
export type Research = (
  questions: readonly ResearchQuestion[],
  call: Pick<ToolContext, 'turn' | 'callId' | 'signal'>,
) => Promise<readonly ResearchAnswer[]>;

const longestMs = 1_800_000;

/** Asks helpers that read the repository and answer, so that their reading does not fill this run's context. */
export function researchTool(research: Research): Tool<z.infer<typeof input>> {
  return {
    name: 'research',
    description: 'Gives each question to a read-only helper with a fresh context; they work in parallel.',
    input,
    effect: 'read',
    timeoutMs: longestMs,
    execute: async ({ questions }, { turn, callId, signal }) => {
      const answers = await research(questions, { turn, callId, signal });
      const room = Math.floor(outputLimits.resultCharacters / questions.length);
      const shown = questions.map(({ id }) => {
        const answer = answers.find((candidate) => candidate.id === id)?.answer ?? '(no answer)';
        return `## ${id}\n${headAndTail(answer, room)}`;
      });
      return { content: shown.join('\n\n') };
    },
  };
}
