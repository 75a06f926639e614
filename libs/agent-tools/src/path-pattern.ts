import { DomainError } from '@missions/kernel';
import { RE2JS } from 're2js';

/** Whether a path with `/` between its parts matches; linear in its length, whatever the pattern. */
export type PathMatcher = (path: string) => boolean;

/** Understands `*`, `**`, `?`, `[...]`, `{a,b}`; names that begin with a dot are names like others. */
export function pathPattern(pattern: string): PathMatcher {
  const expression = linePattern(`^${expressionFor(pattern)}$`, pattern);
  return (path) => expression.matcher(path).find();
}

/** An expression of an agent runs on RE2, which cannot be made to explode. Refuses PATTERN_INVALID. */
export function linePattern(expression: string, pattern = expression): RE2JS {
  try {
    return RE2JS.compile(expression);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new DomainError('PATTERN_INVALID', `The pattern ${pattern} is not valid: ${reason}`, { pattern });
  }
}

const parts = /\*\*\/|\*\*|\*|\?|\[[^\]/]+\]|[{},]|[^*?[{},]+|\[/g;

function expressionFor(pattern: string): string {
  let depth = 0;
  let expression = '';
  for (const [part] of pattern.replace(/^\.\//, '').matchAll(parts)) {
    if (part === '{') depth += 1;
    expression += translate(part, depth);
    if (part === '}' && depth > 0) depth -= 1;
  }
  return expression + ')'.repeat(depth);
}

const operators: Readonly<Record<string, string>> = {
  '**/': '(?:[^/]*/)*',
  '**': '.*',
  '*': '[^/]*',
  '?': '[^/]',
  '{': '(?:',
};

function translate(part: string, depth: number): string {
  const operator = operators[part];
  if (operator !== undefined) return operator;
  if (part === '}') return depth > 0 ? ')' : '\\}';
  if (part === ',') return depth > 0 ? '|' : ',';
  if (part.length > 2 && part.startsWith('[')) return part.replace(/^\[!/, '[^').replace(/\\/g, '\\\\');
  return part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
