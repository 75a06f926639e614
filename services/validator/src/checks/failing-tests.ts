/** How common test runners say which test failed, one line each; what is captured is the name, without its duration. */
const shapes = [
  // TAP, and Node's own runner.
  /^\s*not ok \d+ -? ?(.+?)(?:\s+#.*)?$/,
  // Node's spec reporter, Jest, Vitest, Mocha.
  /^\s*[✖✕✗×●] (.+?)(?: \(?[\d.]+ ?m?s\)?)?$/,
  // Jest and Vitest name files, pytest names tests.
  /^(?:FAIL|FAILED|ERROR) +(\S.*?)(?: - .*)?(?: \([\d.]+ ?m?s\))?$/,
  // Go.
  /^\s*--- FAIL: (\S+)/,
  // Cargo.
  /^test (\S+) \.\.\. FAILED$/,
] as const;

// eslint-disable-next-line no-control-regex -- the escape character begins every ANSI sequence
const ansi = /\u001B\[[\d;]*[A-Za-z]/g;

/** The names of tests that an output says have failed; empty when the runner speaks otherwise. */
export function failingTests(output: string): ReadonlySet<string> {
  const lines = output.replaceAll(ansi, '').split('\n');
  const names = lines.flatMap((line) => shapes.flatMap((shape) => shape.exec(line.trimEnd())?.[1] ?? []));
  return new Set(names.map((name) => name.trim()));
}

/** What a project's tests said at one commit. */
export interface TestRun {
  readonly exitCode: number | undefined;
  readonly output: string;
}

/**
 * What fails now and did not on the base: the names of tests, or nothing of it when both fail alike. Undefined says that
 * they fail otherwise than before, in a way that no name tells.
 */
export function newlyFailing(now: TestRun, base: TestRun): readonly string[] | undefined {
  const failing = failingTests(now.output);
  const before = failingTests(base.output);
  if (failing.size > 0) return [...failing].filter((name) => !before.has(name));
  return now.exitCode === base.exitCode && plain(now.output) === plain(base.output) ? [] : undefined;
}

/** The same words, whatever was counted or timed. */
function plain(output: string): string {
  return output.replaceAll(ansi, '').replaceAll(/\d+/g, '0').replaceAll(/\s+/g, ' ').trim();
}
