import type { AnyTool, Tool } from '@missions/agent';
import {
  askedSchema,
  handoffClaimSchema,
  proposedSchema,
  repliedSchema,
  reportClaimSchema,
  reviewClaimSchema,
  settlementClaimSchema,
  type HandoffClaim,
  type ReportClaim,
  type ReviewClaim,
  type SettlementClaim,
} from '@missions/mission';
import { z } from 'zod';
import { closingTool, type Conclude } from './closing-tool.ts';

const askInput = askedSchema.omit({ kind: true });
const proposeInput = proposedSchema.omit({ kind: true });
const replyInput = repliedSchema.omit({ kind: true });

export type AskInput = z.infer<typeof askInput>;
export type ProposePlanInput = z.infer<typeof proposeInput>;
export type ReplyInput = z.infer<typeof replyInput>;

/** How each task ends; a service gives the one of the task it performs. */
export interface Conclusions {
  readonly ask: Conclude<AskInput>;
  readonly propose_plan: Conclude<ProposePlanInput>;
  readonly settle_findings: Conclude<SettlementClaim>;
  readonly reply: Conclude<ReplyInput>;
  readonly hand_off: Conclude<HandoffClaim>;
  readonly report_validation: Conclude<ReportClaim>;
  readonly report_review: Conclude<ReviewClaim>;
}

export type ClosingToolName = keyof Conclusions;

const makers: { readonly [Name in ClosingToolName]: (conclude: Conclusions[Name]) => AnyTool } = {
  ask: (conclude) =>
    closingTool({
      name: 'ask',
      description:
        'Ends scoping with the questions a person has to answer, and the brief as far as it is known. No questions: ready to plan. Give every question that is not blocking a default.',
      schema: askInput,
      conclude,
    }),
  propose_plan: (conclude) =>
    closingTool({
      name: 'propose_plan',
      description: 'Ends planning with the brief, the milestones with their features, and the contract.',
      schema: proposeInput,
      conclude,
    }),
  settle_findings: (conclude) =>
    closingTool({
      name: 'settle_findings',
      description: 'Ends triage: every open finding is settled once, each with a justification.',
      schema: settlementClaimSchema,
      conclude,
    }),
  reply: (conclude) =>
    closingTool({
      name: 'reply',
      description: 'Ends the conversation with an answer to the person.',
      schema: replyInput,
      conclude,
    }),
  hand_off: handOffTool,
  report_validation: (conclude) =>
    closingTool({
      name: 'report_validation',
      description:
        'Ends validation with exactly one result for each assertion of this run. A verdict below the engine’s cites the id of a tool call that shows it.',
      schema: reportClaimSchema,
      conclude,
    }),
  report_review: (conclude) =>
    closingTool({
      name: 'report_review',
      description:
        'Ends the review of one feature with what you hold against it, each finding with the file and line that shows it; none is a result too.',
      schema: reviewClaimSchema,
      conclude,
    }),
};

/** The tool that ends a run of the task it belongs to. */
export function closingToolOf<Name extends ClosingToolName>(
  name: Name,
  conclude: Conclusions[Name],
): AnyTool {
  return makers[name](conclude);
}

/** Unknown fields of a handoff are dropped and noted: a model that says more than it was asked has still finished. */
function handOffTool(conclude: Conclude<HandoffClaim>): Tool {
  const known = new Set(Object.keys(handoffClaimSchema.shape));
  return closingTool({
    name: 'hand_off',
    description:
      'Ends the build. The engine commits the workspace and captures the diff; this is your own account of it: outcome, what was implemented, what was left undone.',
    schema: z.looseObject(handoffClaimSchema.shape),
    conclude: async (claim, context) => {
      const dropped = Object.keys(claim).filter((key) => !known.has(key));
      const note = await conclude(handoffClaimSchema.parse(claim), context);
      const said = dropped.length === 0 ? [] : [`Unknown fields were dropped: ${dropped.join(', ')}.`];
      const all = [...(note === undefined ? [] : [note]), ...said];
      return all.length === 0 ? undefined : all.join(' ');
    },
  });
}
