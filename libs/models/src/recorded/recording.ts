import { appendFile, readFile } from 'node:fs/promises';
import { DomainError } from '@missions/kernel';
import { z } from 'zod';
import { modelErrorCodeSchema } from '../model-error.ts';
import { modelReplySchema } from '../reply.ts';
import { runHeaderSchema } from '../run-header.ts';
import type { AskedQuestion } from './question.ts';

const questionSchema = z.strictObject({
  key: z.string(),
  header: runHeaderSchema,
  turn: z.int(),
  model: z.string(),
  system: z.string(),
  tools: z.array(z.string()),
  messages: z.array(z.string()),
  maxTokens: z.int(),
  effort: z.string().optional(),
});

const answerSchema = z.union([
  z.strictObject({ reply: modelReplySchema }),
  z.strictObject({ error: z.strictObject({ code: modelErrorCodeSchema, message: z.string() }) }),
]);

const lineSchema = z.union([
  z.strictObject({ part: z.string(), value: z.unknown() }),
  z.strictObject({ version: z.literal(1), question: questionSchema, answer: answerSchema }),
]);

export type RecordedAnswer = z.infer<typeof answerSchema>;
export type RecordedQuestion = z.infer<typeof questionSchema>;

/**
 * Questions and answers of real sessions: a file of JSON lines that only grows, so that several processes can record
 * into one. A line that a killed process left half written is passed over.
 */
export class Recording {
  private readonly answers = new Map<string, RecordedAnswer>();
  private readonly parts = new Map<string, unknown>();
  private readonly asked: RecordedQuestion[] = [];

  private constructor(readonly path: string) {}

  /** Refused as `CONFIG` when the file is no recording, or is missing and must not be. */
  static async open(path: string, { mustExist }: { readonly mustExist: boolean }): Promise<Recording> {
    const recording = new Recording(path);
    const lines = (await read(path, mustExist)).split('\n');
    for (const [index, line] of lines.entries()) {
      if (line === '') continue;
      recording.take(line, { number: index + 1, isLast: index === lines.length - 1 });
    }
    return recording;
  }

  answerTo(key: string): RecordedAnswer | undefined {
    return this.answers.get(key);
  }

  get questions(): readonly RecordedQuestion[] {
    return this.asked;
  }

  part(digest: string): unknown {
    return this.parts.get(digest);
  }

  /** Writes one answer, with the parts of its question that are new, in one write. */
  async add({ question, parts }: AskedQuestion, answer: RecordedAnswer): Promise<void> {
    const fresh = [...parts].filter(([digest]) => !this.parts.has(digest));
    const lines = [
      ...fresh.map(([part, value]) => JSON.stringify({ part, value })),
      JSON.stringify({ version: 1, question, answer }),
    ];
    // Begins a line of its own after one that was cut off.
    await appendFile(this.path, `\n${lines.join('\n')}\n`, { mode: 0o600 });
    for (const [digest, value] of fresh) this.parts.set(digest, value);
    this.remember(questionSchema.parse(question), answer);
  }

  private take(line: string, at: { readonly number: number; readonly isLast: boolean }): void {
    const parsed = lineSchema.safeParse(parseJson(line));
    if (!parsed.success) {
      if (at.isLast || parseJson(line) === undefined) return;
      const where = `${this.path}:${String(at.number)}`;
      throw new DomainError('CONFIG', `${where}: is no line of a recording: ${parsed.error.message}`, {
        where,
      });
    }
    if ('part' in parsed.data) this.parts.set(parsed.data.part, parsed.data.value);
    else this.remember(parsed.data.question, parsed.data.answer);
  }

  private remember(question: RecordedQuestion, answer: RecordedAnswer): void {
    this.answers.set(question.key, answer);
    this.asked.push(question);
  }
}

async function read(path: string, mustExist: boolean): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    if (code === 'ENOENT' && !mustExist) return '';
    const hint = code === 'ENOENT' ? '; name a provider to record from (record)' : '';
    throw new DomainError('CONFIG', `The recording ${path} cannot be read (${code})${hint}.`, { path });
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
