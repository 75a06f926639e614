import { canonicalJson, type AskedQuestion, type Question } from './question.ts';
import type { RecordedQuestion, Recording } from './recording.ts';

/** How much of two texts is shown where they part. */
const SHOWN = 60;

/** Says in what a question differs from the nearest recorded one, so that the change that caused it is quick to find. */
export function explainDrift(asked: AskedQuestion, recording: Recording): string {
  const nearest = nearestTo(asked.question, recording.questions);
  if (!nearest) return 'nothing is recorded';
  if (
    canonicalJson(nearest.header) !== canonicalJson(asked.question.header) ||
    nearest.turn !== asked.question.turn
  )
    return `nearest is turn ${String(nearest.turn)} of ${canonicalJson(nearest.header)}`;
  const found = differences(asked, nearest, recording);
  return `it differs from the recorded one in ${found.join('; ')}`;
}

function nearestTo(question: Question, recorded: readonly RecordedQuestion[]): RecordedQuestion | undefined {
  const ranked = recorded.map((one) => ({ one, score: likeness(question, one) }));
  return ranked.sort((first, second) => second.score - first.score)[0]?.one;
}

/** The run counts for more than its turn, the turn for more than what was said in it. */
function likeness(question: Question, other: RecordedQuestion): number {
  const keys = new Set([...Object.keys(question.header), ...Object.keys(other.header)]);
  const isSame = (key: string): boolean =>
    JSON.stringify(question.header[key]) === JSON.stringify(other.header[key]);
  const sameHeader = [...keys].filter(isSame).length;
  const sameParts = question.messages.filter((digest, index) => digest === other.messages[index]).length;
  return sameHeader * 1e6 + (question.turn === other.turn ? 1e5 : 0) + sameParts;
}

function differences(
  { question, parts }: AskedQuestion,
  other: RecordedQuestion,
  recording: Recording,
): readonly string[] {
  const texts = (there: string | undefined, here: string | undefined): string =>
    parting(textOf(recording.part(there ?? '')), textOf(parts.get(here ?? '')));
  const found: string[] = [];
  if (question.model !== other.model) found.push(`the model: there ${other.model}, here ${question.model}`);
  if (question.system !== other.system)
    found.push(`the system prompt${texts(other.system, question.system)}`);
  const tool = firstDifference(other.tools, question.tools);
  if (tool !== undefined)
    found.push(`tools.${String(tool)}${texts(other.tools[tool], question.tools[tool])}`);
  const message = firstDifference(other.messages, question.messages);
  if (message !== undefined)
    found.push(`messages.${String(message)}${texts(other.messages[message], question.messages[message])}`);
  if (question.maxTokens !== other.maxTokens)
    found.push(`maxTokens: there ${String(other.maxTokens)}, here ${String(question.maxTokens)}`);
  if (question.effort !== other.effort)
    found.push(`effort: there ${other.effort ?? 'none'}, here ${question.effort ?? 'none'}`);
  return found;
}

function firstDifference(there: readonly string[], here: readonly string[]): number | undefined {
  const length = Math.max(there.length, here.length);
  return Array.from({ length }, (_, at) => at).find((at) => there[at] !== here[at]);
}

/** Both texts from a little before the place where they part. */
function parting(there: string, here: string): string {
  let at = 0;
  while (at < there.length && there[at] === here[at]) at += 1;
  const from = Math.max(0, at - SHOWN / 3);
  const show = (text: string): string =>
    text === '' ? 'nothing' : JSON.stringify(text.slice(from, from + SHOWN));
  return ` at character ${String(at)}: there ${show(there)}, here ${show(here)}`;
}

function textOf(part: unknown): string {
  if (part === undefined) return '';
  return typeof part === 'string' ? part : canonicalJson(part);
}
