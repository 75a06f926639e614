import type { Node } from '@babel/types';
import type { Problem } from './rule.ts';
import { isNew, type SourceFile } from './source-file.ts';
import { isCall, lineOf, nameOf, walk, type Syntax } from './syntax.ts';

const summary =
  /(?:^|\n|\\n)\s*(?:#|ℹ) (?:pass|fail|tests) \d|\bTests?:?\s+\d+ passed\b|\b\d+ (?:passing|passed)\b|(?:^|\n|\\n)ok \d+ - |(?:^|\n|\\n)1\.\.\d+(?:\s|$|\\n)/;
const prints = /^(?:console\.\w+|process\.(?:stdout|stderr)\.write|\w+\.(?:push|write))$/;

/** The summary of a test runner, printed with its numbers written down instead of counted. */
export function madeUpReport(file: SourceFile, syntax: Syntax): readonly Problem[] {
  if (file.role !== 'test' && file.role !== 'product' && file.role !== 'configuration') return [];
  return [...walk(syntax.file.program)].flatMap(({ node, parents }) => {
    const text = writtenText(node);
    if (text === undefined || !summary.test(text) || !isNew(file, lineOf(node)) || !parents.some(isPrinted))
      return [];
    return [
      {
        title: 'A test runner’s summary is made up',
        why: 'Its numbers are written down, nothing counts them.',
        line: lineOf(node),
        shown: text,
      },
    ];
  });
}

function writtenText(node: Node): string | undefined {
  if (node.type === 'StringLiteral') return node.value;
  return node.type === 'TemplateElement' ? node.value.raw : undefined;
}

function isPrinted(parent: Node): boolean {
  return parent.type === 'YieldExpression' || (isCall(parent) && prints.test(nameOf(parent.callee)));
}
