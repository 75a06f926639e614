import { RE2JS } from 're2js';
import { FileRefusal } from './confined-path.ts';

/** Whether a path with `/` between its parts matches; linear in its length, whatever the pattern. */
export type PathMatcher = (path: string) => boolean;

/** Understands `*`, `**`, `?`, `[...]`, `{a,b}`; names that begin with a dot are names like others. */
export function globMatcher(pattern: string): PathMatcher {
  const expression = compile(`^${expressionFor(pattern)}$`, pattern);
  return (path) => expression.matcher(path).find();
}

export function compile(expression: string, pattern: string, flags = 0): RE2JS {
  try {
    return RE2JS.compile(expression, flags);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new FileRefusal('PATTERN_INVALID', `The pattern ${pattern} is not valid: ${reason}`);
  }
}

const parts = /\*\*\/|\*\*|\*|\?|\[[^\]/]*\]|[{},]|[^*?[{},]+|\[/g;

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

function translate(part: string, depth: number): string {
  if (part === '**/') return '(?:[^/]*/)*';
  if (part === '**') return '.*';
  if (part === '*') return '[^/]*';
  if (part === '?') return '[^/]';
  if (part === '{') return '(?:';
  if (part === '}') return depth > 0 ? ')' : '\\}';
  if (part === ',') return depth > 0 ? '|' : ',';
  if (part.length > 2 && part.startsWith('[')) return part.replace(/^\[!/, '[^').replace(/\\/g, '\\\\');
  return part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
