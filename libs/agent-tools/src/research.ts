import { mostQuestions, type Research, type ResearchAnswer, type Tool } from '@missions/agent';
import { z } from 'zod';
import { missingReferences, referencesIn } from './file-references.ts';
import type { FileView } from './files/file-view.ts';
import { headAndTail, outputLimits } from './output-limits.ts';

const questionSchema = z.strictObject({
  id: z.string().min(1).max(64),
  question: z.string().min(1).max(4_000),
});

const input = z.strictObject({
  questions: z
    .array(questionSchema)
    .min(1)
    .max(mostQuestions)
    .refine((questions) => new Set(questions.map(({ id }) => id)).size === questions.length, 'ids differ'),
});

const longestMs = 1_800_000;

/**
 * Asks helpers that read the repository and answer, so that their reading does not fill this run's context. The places in
 * files that an answer names are looked up, and the model is told which of them lead nowhere.
 */
export function researchTool(research: Research, files: Pick<FileView, 'read'>): Tool<z.infer<typeof input>> {
  return {
    name: 'research',
    description:
      'Gives each question to a read-only helper with a fresh context; they work in parallel and answer with file references, which are checked.',
    input,
    effect: 'read',
    timeoutMs: longestMs,
    execute: async ({ questions }, { turn, callId, signal, progress }) => {
      const answers = await research(questions, { turn, callId, signal, progress });
      const room = Math.floor(outputLimits.resultCharacters / questions.length) - roomForNote;
      const checked = await Promise.all(
        questions.map(({ id }) => check(files, { id, answer: answerTo(id, answers) }, signal)),
      );
      const shown = checked.map(({ id, answer, note }) => `## ${id}\n${headAndTail(answer, room)}\n${note}`);
      const captured = checked.map(({ id, references, missing }) => ({ id, references, missing }));
      return { content: shown.join('\n\n'), captured: { kind: 'research', answers: captured } };
    },
  };
}

/** Characters of one note on references; the missing ones are named as far as they fit. */
const roomForNote = 400;

function answerTo(id: string, answers: readonly ResearchAnswer[]): string {
  return answers.find((candidate) => candidate.id === id)?.answer ?? '(no answer)';
}

interface CheckedAnswer extends ResearchAnswer {
  readonly references: number;
  readonly missing: readonly string[];
  readonly note: string;
}

async function check(
  files: Pick<FileView, 'read'>,
  { id, answer }: ResearchAnswer,
  signal: AbortSignal,
): Promise<CheckedAnswer> {
  const references = referencesIn(answer);
  const missing = (await missingReferences(files, references, signal)).map(
    ({ path, line }) => `${path}:${String(line)}`,
  );
  const checked = { id, answer, references: references.length, missing };
  if (references.length === 0) return { ...checked, note: '(checked: it names no place in a file)' };
  if (missing.length === 0)
    return { ...checked, note: `(checked: its ${references.length} references exist)` };
  const named = missing.join(', ').slice(0, roomForNote - 100);
  const note = `(checked: of its ${references.length} references these lead nowhere: ${named})`;
  return { ...checked, note };
}
