import { neutral } from '@missions/runs';
import { z } from 'zod';
import type { Checked } from './check-expectation.ts';
import type { ProofExecution } from './proof-execution.ts';
import type { JudgeAnswer } from './proof-site.ts';

type Capture = (execution: ProofExecution) => Promise<Checked>;

const answerSchema = z.strictObject({
  verdict: z.enum(['pass', 'fail', 'inconclusive']),
  reason: z.string().min(1).max(4_000),
  quotes: z.array(z.string().min(1).max(1_000)).max(20),
});

const maxCharacters = 60_000;
const noModel =
  'Its evidence can be captured, but no model may be asked here: let its command or steps fail without the product.';

/**
 * `judgement`: the engine captures, then two judges who see nothing but what was captured answer the question. What cannot be
 * captured fails without them. They decide only where both say the same, each with words that really occur in the evidence.
 */
export async function proveByJudgement(execution: ProofExecution, capture: Capture): Promise<Checked> {
  const captured = await capture(execution);
  if (!captured.ok) return captured;
  const { assertion, judge, signal } = execution;
  const expected = `both judges say pass: ${assertion.proof.question ?? ''}`;
  if (!judge) return { ok: false, observed: captured.observed, expected, undecided: noModel };
  const evidence = evidenceOf(execution);
  const answers = await judge({ assertion, evidence, signal });
  signal.throwIfAborted();
  await execution.keep(execution.redact(JSON.stringify(answers, undefined, 2)), 'application/json', {
    kind: 'judgement',
  });
  return { ...verdictOf(answers.map((answer) => readAnswer(answer, evidence))), expected };
}

/** As judges are shown it. Durations differ from one execution to the next and mean nothing; without them the same work gives the same evidence. */
function evidenceOf({ judged }: ProofExecution): string {
  const texts = judged.map((text) => text.replace(/^((?:exit code|killed).*), \d+ ms$/m, '$1'));
  return neutral(texts.join('\n\n').slice(0, maxCharacters).toWellFormed());
}

interface Opinion extends Pick<z.infer<typeof answerSchema>, 'verdict' | 'reason'> {
  readonly by: string;
}

/** What does not answer in the form that was asked for, or quotes what is not there, has judged something else. */
function readAnswer({ by, text, problem }: JudgeAnswer, evidence: string): Opinion {
  const useless = (reason: string): Opinion => ({ by, verdict: 'inconclusive', reason });
  if (text === undefined) return useless(problem ?? 'no answer');
  const answer = answerSchema.safeParse(jsonIn(text));
  if (!answer.success) return useless('its answer was not in the form that was asked for');
  const { verdict, reason, quotes } = answer.data;
  if (verdict !== 'inconclusive' && quotes.length === 0) return useless('it quotes nothing of the evidence');
  const invented = quotes.find((quote) => !evidence.includes(quote));
  if (invented !== undefined)
    return useless(`it quotes what the evidence does not say: “${invented.slice(0, 200)}”`);
  return { by, verdict, reason };
}

/** The whole text as JSON, also between the fences that models like to put around it. */
function jsonIn(text: string): unknown {
  const [, fenced] = /^\s*```(?:json)?\s*\n(.*)\n\s*```\s*$/s.exec(text) ?? [];
  try {
    return JSON.parse(fenced ?? text);
  } catch {
    return undefined;
  }
}

function verdictOf(opinions: readonly Opinion[]): Omit<Checked, 'expected'> {
  const observed = opinions.map(({ by, verdict, reason }) => `${by}: ${verdict}: ${reason}`).join('\n');
  const verdicts = new Set(opinions.map(({ verdict }) => verdict));
  const [verdict] = verdicts;
  if (opinions.length < 2) return { ok: false, observed, undecided: 'Fewer than two judges answered.' };
  if (verdicts.size === 1 && verdict !== 'inconclusive') return { ok: verdict === 'pass', observed };
  const undecided = verdicts.size > 1 ? 'The judges do not agree.' : 'The judges could not tell.';
  return { ok: false, observed, undecided };
}
