import type { Line } from './change.ts';
import type { Problem } from './rule.ts';
import type { SourceFile } from './source-file.ts';

const shapes: readonly (readonly [RegExp, RegExp])[] = [
  [/\.py$/, /^\s*raise NotImplementedError\b/],
  [/\.rs$/, /\b(?:unimplemented|todo)!\(/],
  [/\.go$/, /\bpanic\("(?:[^"]*\b)?(?:not (?:yet )?implemented|unimplemented|todo)\b/i],
  [/\.(?:rb|java|kt|php)$/, /\b(?:NotImplementedError|UnsupportedOperationException|TODO\()/],
  [/\.(?:html?|vue|svelte)$/, />\s*(?:coming soon|not (?:yet )?implemented|under construction)\b/i],
];

/** Stubs of languages that are not parsed here. */
export function stubsInText(file: SourceFile): readonly Problem[] {
  const found = shapes
    .filter(([path]) => path.test(file.path))
    .flatMap(([, shape]) =>
      file.added.filter(({ text }) => shape.test(text) && !isAbstractPython(file, text)),
    );
  return [...found, ...passOnly(file)].map(({ number, text }) => ({
    title: `Something is not implemented: ${file.path}`,
    why: 'It says so itself, or has nothing in its place.',
    line: number,
    shown: text,
  }));
}

function isAbstractPython({ after = '' }: SourceFile, text: string): boolean {
  return text.includes('NotImplementedError') && /\babc\b|ABC\b|@abstractmethod|Base\b/.test(after);
}

/** `def save(self, task):` with nothing but `pass`. */
function passOnly({ path, after = '', addedLines }: SourceFile): readonly Line[] {
  if (!path.endsWith('.py') || /\bProtocol\b|@abstractmethod|@overload/.test(after)) return [];
  const lines = after.split('\n');
  return lines.flatMap((text, index) => {
    const isDefinition = /^\s*(?:async )?def (?!_)\w+\((?!\s*\)).+:\s*$/.test(text);
    return isDefinition && /^\s*(?:pass|\.\.\.)\s*$/.test(lines[index + 1] ?? '') && addedLines.has(index + 2)
      ? [{ number: index + 1, text }]
      : [];
  });
}
