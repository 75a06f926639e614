import { StopRun, type Tool, type ToolContext } from '@missions/agent';
import { isRefusal, type DomainError } from '@missions/kernel';
import type { z } from 'zod';

/**
 * Ends the run with what the model gave; resolves once it is a fact, with a note for the transcript if there is one.
 * A `DomainError` is a refusal the model can mend; a fault rises. Called again by a takeover, it changes nothing more.
 */
export type Conclude<Input> = (input: Input, context: ToolContext) => Promise<string | undefined>;

export interface ClosingToolParts<Input> {
  readonly name: string;
  readonly description: string;
  readonly schema: z.ZodType<Input>;
  readonly conclude: Conclude<Input>;
}

const maxEvidenceCharacters = 8_000;

/** The tool that ends a run; a refused close is answered with what is wrong, and the run goes on. */
export function closingTool<Input>({
  name,
  description,
  schema,
  conclude,
}: ClosingToolParts<Input>): Tool<Input> {
  return {
    name,
    description,
    input: schema,
    effect: 'closing',
    execute: async (input, context) => {
      try {
        const note = await conclude(input, context);
        return { content: note === undefined ? 'Accepted.' : `Accepted. ${note}` };
      } catch (error) {
        // A newer holder exists: this one has to stop, there is nothing to mend.
        if (!isRefusal(error) || error.code === 'STALE_TOKEN') throw error;
        // Nothing mends that either; the run ends with what is kept of its work, and begins again.
        if (error.code === 'LOCK_LOST') throw new StopRun('interrupt', error.message);
        return { content: refusalText(error), isError: true };
      }
    },
  };
}

/** What is wrong, and where: the evidence names what the message has no room for. */
function refusalText({ code, message, evidence }: DomainError): string {
  const detail = JSON.stringify(evidence, undefined, 1);
  const shown = detail === '{}' ? '' : `\n${detail.slice(0, maxEvidenceCharacters)}`;
  return `Not accepted (${code}): ${message}${shown}\nMend this and call the tool again.`;
}
