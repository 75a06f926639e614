const ERROR = 'error ';
const NEXT = /^next: +/u;

/** What `missions up` wrote about its end: the error alone, without what it had told on its way there. */
export function failureIn(output: string): {
  readonly message: string | undefined;
  readonly next: string | undefined;
} {
  const lines = output.trim().split('\n');
  const start = lines.findLastIndex((line) => line.startsWith(ERROR));
  if (start === -1) return { message: undefined, next: undefined };
  const said = lines.slice(start);
  const next = said.find((line) => NEXT.test(line))?.replace(NEXT, '');
  const message = said.filter((line) => !NEXT.test(line)).join('\n');
  return { message: message.slice(ERROR.length), next };
}

/** What it says it is doing; an error is shown once, when it has ended, and notes were said before it began. */
export function lastStepIn(output: string): string | undefined {
  return output.split('\n').findLast((line) => line !== '' && !/^(error |next: |note: )/u.test(line));
}
