import type { RecordedResult } from '@missions/agent';
import type { Redactor } from '@missions/kernel';
import type { commandRecordSchema } from '@missions/mission';
import { evidenceSchema, type Evidence } from '@missions/mission';
import { z } from 'zod';

/** Where captured bytes are kept; an `ArtifactStore` is one. */
export interface EvidenceStore {
  readonly put: (
    bytes: Uint8Array,
    options: { readonly mediaType: string },
  ) => Promise<{ readonly digest: string }>;
}

/** What a tool needs to measure: redaction where bytes enter, and a store where a verdict may cite what was captured. */
export interface Capture {
  readonly redactor: Redactor;
  /** Present for validators: every call is kept as evidence. */
  readonly evidence?: EvidenceStore | undefined;
}

/** Keeps one call's text as evidence; undefined where this run keeps none. */
export async function keepEvidence(
  { redactor, evidence }: Capture,
  text: string,
  mediaType: string,
): Promise<string | undefined> {
  if (!evidence) return undefined;
  const { digest } = await evidence.put(Buffer.from(redactor.redact(text)), { mediaType });
  return digest;
}

/** What the model is told, so that its report can name the call. */
export function citing(callId: string, digest: string | undefined): string {
  return digest === undefined ? '' : `\n(captured as evidence; cite it as ${callId})`;
}

const capturedEvidence = z.object({
  kind: z.string(),
  artifact: z.string(),
  command: z.string().optional(),
  exitCode: z.int().optional(),
});

const maxEvidence = 500;

/** The evidence that a run's recorded tool results hold, each by its call's id; the newest where there is too much. */
export function evidenceOf(results: readonly RecordedResult[]): readonly Evidence[] {
  const all = results.flatMap(({ callId, captured }) => {
    const parsed = capturedEvidence.safeParse(captured);
    if (!parsed.success) return [];
    const evidence = evidenceSchema.safeParse({ ...parsed.data, call: callId });
    return evidence.success ? [evidence.data] : [];
  });
  return all.slice(-maxEvidence);
}

const capturedCommand = z.object({
  command: z.string(),
  exitCode: z.int().optional(),
  durationMs: z.number(),
});

type CommandRecord = z.infer<typeof commandRecordSchema>;

const maxRecordedOutput = 4_000;

/** The commands a run ran, as its handoff records them: newest last, at most `limit`. */
export function commandsOf(results: readonly RecordedResult[], limit = 200): readonly CommandRecord[] {
  return results
    .flatMap(({ captured, content }) => {
      const parsed = capturedCommand.safeParse(captured);
      if (!parsed.success) return [];
      const { command, exitCode, durationMs } = parsed.data;
      return [
        {
          command: command.slice(0, 4_000),
          ...(exitCode !== undefined && { exitCode }),
          durationMs,
          output: content.slice(-maxRecordedOutput).toWellFormed(),
        },
      ];
    })
    .slice(-limit);
}
