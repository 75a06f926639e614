import type { Change, ChangedText } from './change.ts';
import { roleOf, type FileRole } from './file-role.ts';
import { syntaxOf, type Syntax } from './syntax.ts';

/** A changed file as the rules look at it: what it is for, and both texts parsed where they are JavaScript or TypeScript. */
export interface SourceFile extends ChangedText {
  readonly role: FileRole;
  readonly syntaxBefore?: Syntax;
  readonly syntaxAfter?: Syntax;
  /** Numbers of the lines that are new. */
  readonly addedLines: ReadonlySet<number>;
}

export function sourceFiles({ files }: Change): readonly SourceFile[] {
  return files.map((file) => {
    const syntaxBefore =
      file.before === undefined ? undefined : syntaxOf(file.previousPath ?? file.path, file.before);
    const syntaxAfter = file.after === undefined ? undefined : syntaxOf(file.path, file.after);
    return {
      ...file,
      role: roleOf(file.path),
      ...(syntaxBefore && { syntaxBefore }),
      ...(syntaxAfter && { syntaxAfter }),
      addedLines: new Set(file.added.map(({ number }) => number)),
    };
  });
}

/** Whether one of the lines of a stretch is new. */
export function isNew(file: SourceFile, from: number, to: number = from): boolean {
  for (let line = from; line <= to; line += 1) if (file.addedLines.has(line)) return true;
  return false;
}
