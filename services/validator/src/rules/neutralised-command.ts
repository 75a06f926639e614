const runners =
  /\b(?:npm (?:run )?(?:-s )?(?:test|t|lint|check|typecheck|build)|npx |yarn |pnpm |node --test|jest|vitest|mocha|ava|tap|playwright|cypress|pytest|unittest|tox|go (?:test|vet|build)|cargo (?:test|clippy|build)|make (?:test|check|lint)|eslint|tsc|ruff|mypy)\b/;

/** Why a command that should tell whether something is well always says that it is; undefined when it may say otherwise. */
export function neutralised(command: string): string | undefined {
  const text = command.trim();
  if (
    /^(?:true|:|exit(?: 0)?|\/bin\/true|node -e ['"]{2}|node -e ['"]?process\.exit\(0?\)['"]?)$/.test(text) ||
    text === ''
  )
    return 'It does nothing and succeeds.';
  if (/(?:\|\||;)\s*(?:true|:|exit 0|echo\b[^;&|]*|\/bin\/true)\s*$/.test(text))
    return 'Its failure is thrown away.';
  if (parts(text).every((part) => /^(?:true|:|exit(?: 0)?|(?:echo|printf)\b.*)$/.test(part)))
    return 'It only prints something.';
  if (/--pass-?[wW]ith-?[nN]o-?[tT]ests\b/.test(text)) return 'It succeeds when it finds no test.';
  if (/(?:^|[;&]\s*)set \+e\b/.test(text)) return 'Its failure is passed over.';
  return undefined;
}

/** The commands of a line; what stands in quotes separates none. */
function parts(command: string): readonly string[] {
  return command
    .replaceAll(/'[^']*'|"(?:[^"\\]|\\.)*"/g, '_')
    .split(/&&|\|\||[;&|\n]/)
    .map((part) => part.trim());
}

/** A line of a script or a Makefile that runs a check and throws its failure away. */
export function ignoresFailure(line: string): boolean {
  return runners.test(line) && /(?:\|\||;)\s*(?:true|:|exit 0|echo\b.*)\s*['"]?$/.test(line.trim());
}

export function runsCheck(line: string): boolean {
  return runners.test(line);
}
