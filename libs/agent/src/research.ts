import type { ToolContext } from './tool.ts';

export interface ResearchQuestion {
  readonly id: string;
  readonly question: string;
}

export interface ResearchAnswer {
  readonly id: string;
  readonly answer: string;
}

/** Questions that one call may ask; what a run used is found by looking for so many helpers. */
export const mostQuestions = 8;

/** Answers each question by a read-only helper with a context of its own, in parallel; also one that failed has its answer. */
export type Research = (
  questions: readonly ResearchQuestion[],
  call: Pick<ToolContext, 'turn' | 'callId' | 'signal' | 'progress'>,
) => Promise<readonly ResearchAnswer[]>;
