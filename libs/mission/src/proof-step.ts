import { z } from 'zod';
import { expectationSchema } from './expectation.ts';

/** One request of an `http` proof, sent from outside to the product's services. */
export const httpStepSchema = z.strictObject({
  method: z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS']).default('GET'),
  url: z.url({ protocol: /^https?$/ }),
  headers: z.record(z.string(), z.string()).optional(),
  body: z.string().max(8000).optional(),
  expected: expectationSchema.optional(),
});

export type HttpStep = z.infer<typeof httpStepSchema>;

/** What a person would point at: by its role and name, its label, its text; by a selector where nothing else tells it. */
export const targetSchema = z.union([
  z.strictObject({ role: z.string().min(1).max(64), name: z.string().max(400).optional() }),
  z.strictObject({ label: z.string().min(1).max(400) }),
  z.strictObject({ text: z.string().min(1).max(400) }),
  z.strictObject({ placeholder: z.string().min(1).max(400) }),
  z.strictObject({ css: z.string().min(1).max(400) }),
]);

export type Target = z.infer<typeof targetSchema>;

export const browserActionSchema = z.enum([
  'goto',
  'click',
  'fill',
  'press',
  'select',
  'check',
  'uncheck',
  'hover',
  'wait',
  'reload',
  'screenshot',
  'accessibility',
]);

export type BrowserAction = z.infer<typeof browserActionSchema>;

/** One step of a `browser` proof. `url` belongs to `goto`; `value` is what is filled in, selected, or the key that is pressed. */
export const browserStepSchema = z.strictObject({
  action: browserActionSchema,
  url: z.url({ protocol: /^https?$/ }).optional(),
  target: targetSchema.optional(),
  value: z.string().max(4000).optional(),
  expected: expectationSchema.optional(),
});

export type BrowserStep = z.infer<typeof browserStepSchema>;

export const terminalKeySchema = z.enum([
  'enter',
  'tab',
  'escape',
  'backspace',
  'up',
  'down',
  'left',
  'right',
  'ctrl_c',
  'ctrl_d',
]);

export type TerminalKey = z.infer<typeof terminalKeySchema>;

/** One step of a `pty` proof, whose `command` runs on a terminal: text and a key are typed, then the screen is read. */
export const terminalStepSchema = z
  .strictObject({
    send: z.string().max(4000).optional(),
    press: terminalKeySchema.optional(),
    expected: expectationSchema.optional(),
  })
  .refine(
    (step) => Object.keys(step).length > 0,
    'a step on the terminal types something or expects something',
  );

export type TerminalStep = z.infer<typeof terminalStepSchema>;

export const proofStepSchema = z.union([httpStepSchema, browserStepSchema, terminalStepSchema]);

export type ProofStep = z.infer<typeof proofStepSchema>;

export function isHttpStep(step: ProofStep): step is HttpStep {
  return 'method' in step;
}

export function isBrowserStep(step: ProofStep): step is BrowserStep {
  return 'action' in step;
}

export function isTerminalStep(step: ProofStep): step is TerminalStep {
  return !isHttpStep(step) && !isBrowserStep(step);
}
