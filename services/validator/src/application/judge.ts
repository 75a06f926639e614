import { createHash } from 'node:crypto';
import { FailRun } from '@missions/agent';
import type { Assertion, Role } from '@missions/mission';
import { fenced, type ClaimedRun, type ChildRuns, type HelperEnd } from '@missions/runs';
import type { Judge, JudgeAnswer, JudgedQuestion } from '../proof/index.ts';
import { inOrder } from '../proof/in-order.ts';
import { prompts } from './prompts.ts';

/** The models of both validators: two, where they are configured to differ. */
const judges: readonly Role[] = ['user_testing', 'scrutiny'];
const maxTurns = 2;
/** What keeps a model from answering until a person has mended it; anything else is an answer that nobody got. */
const needsPerson = new Set(['auth', 'rate_limit', 'budget']);

/**
 * Asks two judges, each with a fresh context, no tools, and nothing but the question and what was captured, which comes last
 * for one of them and first for the other. Asked again about the same evidence by the same holder they think again; a takeover
 * finds what they have answered.
 */
export function judgeOf(claimed: ClaimedRun, helpers: ChildRuns): Judge {
  const asked = new Map<string, number>();
  return (question) => {
    const key = `${question.assertion.id}.${digestOf(question.evidence)}`;
    const time = (asked.get(key) ?? 0) + 1;
    asked.set(key, time);
    return inOrder([...judges.entries()], judges.length, ([place, role]) =>
      askOne({ claimed, helpers, question }, { role, place, name: `judge.${key}.${String(time)}.${role}` }),
    );
  };
}

interface Asking {
  readonly claimed: ClaimedRun;
  readonly helpers: ChildRuns;
  readonly question: JudgedQuestion;
}

async function askOne(
  { claimed: { mission, run, host, held }, helpers, question }: Asking,
  { role, place, name }: { readonly role: Role; readonly place: number; readonly name: string },
): Promise<JudgeAnswer> {
  const { assertion } = question;
  const model = await host.modelFor(role);
  const { milestone, round } = run.subject;
  const end = await helpers.ask({
    id: `${run.id}.${name}`,
    role,
    model,
    system: prompts.judgement,
    header: {
      mission: mission.id,
      role,
      task: 'judgement',
      question: assertion.id,
      milestone,
      round,
      attempt: 1,
    },
    text: place === 0 ? asking(assertion, question.evidence) : evidenceFirst(assertion, question.evidence),
    tools: [],
    maxTurns,
    endsWithText: true,
    onProgress: () => {
      held.show({ lastLine: `${assertion.id} is judged` });
    },
  });
  return { by: `judge ${String(place + 1)} (${model.model.id})`, ...answerOf(end) };
}

function answerOf({ outcome }: HelperEnd): Omit<JudgeAnswer, 'by'> {
  if (outcome.kind === 'text') return { text: outcome.text };
  if (outcome.kind === 'closed') return { problem: 'no answer' };
  if (needsPerson.has(outcome.cause)) throw new FailRun(outcome.cause, outcome.detail);
  return { problem: `no answer: ${outcome.cause}: ${outcome.detail}` };
}

function asking(assertion: Assertion, evidence: string): string {
  return `${questionSection(assertion)}\n\n${evidenceSection(evidence)}\n\n${form}`;
}

function evidenceFirst(assertion: Assertion, evidence: string): string {
  return `${evidenceSection(evidence)}\n\n${questionSection(assertion)}\n\n${form}`;
}

function questionSection({ statement, proof }: Assertion): string {
  return `## What is claimed\n${statement}\n\n## Question\n${proof.question ?? ''}`;
}

function evidenceSection(evidence: string): string {
  return `## Evidence\n${fenced('captured', evidence)}`;
}

const form = `## Your answer
One JSON object and nothing else: {"verdict": "pass" | "fail" | "inconclusive", "reason": "…", "quotes": ["words of the evidence, exactly as they stand there", …]}`;

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
