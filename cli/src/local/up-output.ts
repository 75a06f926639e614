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

/** What `missions up` says when all is ready: what it tells after that is no step of the start. */
export const ALL_READY = 'Mission Control answers at ';

/** What it says it does, in order; an error is shown once, when it has ended, and notes were said before it began. */
export function stepsIn(output: string): readonly string[] {
  const lines = output.split('\n').slice(0, -1);
  const end = lines.findIndex((line) => line.startsWith(ALL_READY) || line.startsWith(ERROR));
  return lines.slice(0, end === -1 ? undefined : end).filter((line) => line !== '' && !/^note: /u.test(line));
}
