import { z } from 'zod';

const texts = z.array(z.string().min(1).max(1000)).max(50);

/**
 * What has to be observed. `stdout`, `stderr` and `text` must occur in the output; `json` must be contained in it.
 * `visible` and `hidden` speak of what a person would read on the page or on the terminal's screen.
 */
export const expectationSchema = z.strictObject({
  exitCode: z.int().min(0).max(255).optional(),
  stdout: z.string().max(4000).optional(),
  stderr: z.string().max(4000).optional(),
  status: z.int().min(100).max(599).optional(),
  text: z.string().max(4000).optional(),
  json: z.json().optional(),
  header: z.record(z.string(), z.string()).optional(),
  visible: texts.optional(),
  hidden: texts.optional(),
  /** The title of the page contains it. */
  title: z.string().max(400).optional(),
  /** The address of the page contains it. */
  url: z.string().max(2000).optional(),
  /** At most so many errors on the page's console, and uncaught errors, since the proof began. */
  consoleErrors: z.int().nonnegative().optional(),
  /** At most so many violations found by the newest accessibility check. */
  violations: z.int().nonnegative().optional(),
});

export type Expectation = z.infer<typeof expectationSchema>;
