/** What a test runner says it ran, by its own summary. */
export interface TestCounts {
  readonly ran: number;
  readonly failed: number;
}

// eslint-disable-next-line no-control-regex -- the escape character begins every ANSI sequence
const ansi = /\u001B\[[\d;]*[A-Za-z]/g;

type Reader = (output: string) => TestCounts | undefined;

/** The last summary counts, of whatever runner; undefined when the output is none that is known. */
export function testCounts(output: string): TestCounts | undefined {
  const text = output.replaceAll(ansi, '');
  for (const read of readers) {
    const counts = read(text);
    if (counts) return counts;
  }
  return undefined;
}

const readers: readonly Reader[] = [ofNode, ofJest, ofMocha, ofPytest, ofUnittest, ofCargo, ofGo, ofTap];

/** `ℹ tests 3`, or `# tests 3` in TAP; skipped and to-do tests did not run. */
function ofNode(text: string): TestCounts | undefined {
  const tests = lastNumber(text, /^[#ℹ] tests (\d+)/gm);
  if (tests === undefined) return undefined;
  const without = ['skipped', 'todo'].map(
    (name) => lastNumber(text, new RegExp(`^[#ℹ] ${name} (\\d+)`, 'gm')) ?? 0,
  );
  const failed = ['fail', 'cancelled'].map(
    (name) => lastNumber(text, new RegExp(`^[#ℹ] ${name} (\\d+)`, 'gm')) ?? 0,
  );
  return { ran: tests - sum(without), failed: sum(failed) };
}

/** `Tests:       1 failed, 2 passed, 3 total` of Jest, `Tests  1 failed | 2 passed (3)` of Vitest. */
function ofJest(text: string): TestCounts | undefined {
  const line = [...text.matchAll(/^\s*Tests:?\s+(.*)$/gm)].at(-1)?.[1];
  if (line === undefined)
    return /No test files? found|No tests found/i.test(text) ? { ran: 0, failed: 0 } : undefined;
  const failed = lastNumber(line, /(\d+) failed/g) ?? 0;
  return { ran: failed + (lastNumber(line, /(\d+) passed/g) ?? 0), failed };
}

function ofMocha(text: string): TestCounts | undefined {
  const passing = lastNumber(text, /^\s*(\d+) passing\b/gm);
  if (passing === undefined) return undefined;
  const failed = lastNumber(text, /^\s*(\d+) failing\b/gm) ?? 0;
  return { ran: passing + failed, failed };
}

function ofPytest(text: string): TestCounts | undefined {
  const line = [
    ...text.matchAll(/^=* ?(.*\b(?:passed|failed|error|errors|no tests ran)\b.*) in [\d.]+s.*$/gm),
  ].at(-1)?.[1];
  if (line === undefined) return undefined;
  const failed = sum([/(\d+) failed/g, /(\d+) errors?/g].map((shape) => lastNumber(line, shape) ?? 0));
  return { ran: failed + (lastNumber(line, /(\d+) passed/g) ?? 0), failed };
}

function ofUnittest(text: string): TestCounts | undefined {
  const ran = lastNumber(text, /^Ran (\d+) tests? in /gm);
  if (ran === undefined) return undefined;
  const failed = sum([/failures=(\d+)/g, /errors=(\d+)/g].map((shape) => lastNumber(text, shape) ?? 0));
  return { ran: ran - (lastNumber(text, /skipped=(\d+)/g) ?? 0), failed };
}

/** One summary for each program of tests; all of them count. */
function ofCargo(text: string): TestCounts | undefined {
  const all = [...text.matchAll(/^test result: \w+\. (\d+) passed; (\d+) failed/gm)];
  if (all.length === 0) return undefined;
  const failed = sum(all.map(([, , count]) => Number(count)));
  return { ran: failed + sum(all.map(([, count]) => Number(count))), failed };
}

/** With `-v` each test; without it each package that passed has at least one. */
function ofGo(text: string): TestCounts | undefined {
  const failed = matches(text, /^\s*--- FAIL: /gm);
  const passed =
    matches(text, /^\s*--- PASS: /gm) ||
    matches(text, /^ok\s+\S+\s+(?:[\d.]+s|\(cached\))(?! \[no tests to run\])/gm);
  const none = /\[no test files\]|\[no tests to run\]/.test(text);
  return failed + passed > 0 || none ? { ran: failed + passed, failed } : undefined;
}

function ofTap(text: string): TestCounts | undefined {
  if (!/^(?:TAP version \d+|1\.\.\d+)\s*$/m.test(text)) return undefined;
  const failed = matches(text, /^not ok\b(?!.*# (?:TODO|SKIP))/gm);
  return { ran: failed + matches(text, /^ok\b(?!.*# SKIP)/gm), failed };
}

function lastNumber(text: string, shape: RegExp): number | undefined {
  const found = [...text.matchAll(shape)].at(-1)?.[1];
  return found === undefined ? undefined : Number(found);
}

function matches(text: string, shape: RegExp): number {
  return [...text.matchAll(shape)].length;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
