import { assertionSchema, type Amendment, type Mission } from '@missions/mission';
import { z } from 'zod';
import { present } from './run-view.ts';

export const amendmentViewSchema = z
  .strictObject({
    number: z.int(),
    approvalId: z.string(),
    by: z.string(),
    reason: z.string(),
    changes: z.array(
      z.strictObject({
        id: z.string(),
        /** The parts that differ: `statement`, `proof.expected`. */
        fields: z.array(z.string()),
        /** Absent for an assertion that is new. */
        before: assertionSchema.optional(),
        after: assertionSchema,
      }),
    ),
  })
  .meta({ id: 'Amendment' });

export type AmendmentView = z.infer<typeof amendmentViewSchema>;

export function amendmentViews({ amended = [] }: Mission): AmendmentView[] {
  return amended.map(amendmentView);
}

export function amendmentView({ number, approvalId, by, reason, changes }: Amendment): AmendmentView {
  return {
    ...{ number, approvalId, by, reason },
    changes: changes.map(({ id, fields, before, after }) => ({
      ...{ id, fields: [...fields], after },
      ...present({ before }),
    })),
  };
}

/** What an amendment did, a line for each part: `VAL-ADD-001 statement: "…" → "…"`. */
export function amendmentLines({ changes }: AmendmentView): readonly string[] {
  return changes.flatMap(({ id, fields, before, after }) =>
    before === undefined
      ? [`+ ${id}: ${after.statement}`]
      : fields.map((field) => `~ ${id} ${field}: ${partText(before, field)} → ${partText(after, field)}`),
  );
}

function partText(assertion: AmendmentView['changes'][number]['after'], field: string): string {
  const [first = '', second] = field.split('.');
  const part = (assertion as Readonly<Record<string, unknown>>)[first];
  const value =
    second === undefined ? part : (part as Readonly<Record<string, unknown>> | undefined)?.[second];
  return value === undefined ? 'nothing' : JSON.stringify(value);
}
