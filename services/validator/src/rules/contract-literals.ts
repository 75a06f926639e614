import type { Assertion, Expectation } from '@missions/mission';
import { constantOf, syntaxOf, walk } from './syntax.ts';

/** What the approved proofs give to the product, and what they want to see. */
export interface ContractLiterals {
  /** Strings and numbers that proofs hold, whole. */
  readonly values: ReadonlySet<string>;
  /** Everything that proofs say, to look for a part in. */
  readonly text: string;
}

export function contractLiterals(assertions: readonly Assertion[]): ContractLiterals {
  const texts: string[] = [];
  const values = new Set<string>();
  for (const { proof } of assertions) {
    const files = proof.files.flatMap((file) => ('content' in file ? [file] : []));
    for (const { path, content } of files) for (const value of literalsOf(path, content)) values.add(value);
    const steps = proof.steps.flatMap((step) => [
      JSON.stringify(step),
      ...expectedTexts(step.expected ?? {}),
    ]);
    const commands = [proof.command ?? '', proof.setup ?? ''];
    for (const value of [
      ...commands.flatMap(shellWords),
      ...steps.flatMap(quoted),
      ...expectedTexts(proof.expected),
    ])
      values.add(value);
    texts.push(
      ...files.map(({ content }) => content),
      ...commands,
      ...steps,
      ...expectedTexts(proof.expected),
    );
  }
  return { values, text: texts.join('\n') };
}

function literalsOf(path: string, content: string): readonly string[] {
  const syntax = syntaxOf(path, content);
  if (!syntax) return quoted(content);
  return [...walk(syntax.file.program)].flatMap(({ node }) => {
    const value = constantOf(node);
    return typeof value === 'string' || typeof value === 'number' ? [String(value)] : [];
  });
}

function quoted(text: string): readonly string[] {
  return [...text.matchAll(/"((?:[^"\\\n]|\\.)*)"|'((?:[^'\\\n]|\\.)*)'/g)].map(
    ([, double, single]) => double ?? single ?? '',
  );
}

function shellWords(command: string): readonly string[] {
  return [...quoted(command), ...command.split(/[\s;|&()"']+/)].filter(Boolean);
}

function expectedTexts({ stdout, stderr, text, json, visible = [] }: Expectation): readonly string[] {
  return [stdout, stderr, text, ...visible, ...(json === undefined ? [] : leaves(json))].flatMap((value) =>
    value === undefined ? [] : [value, value.trim()],
  );
}

function leaves(json: unknown): readonly string[] {
  if (typeof json === 'string' || typeof json === 'number') return [String(json)];
  return typeof json === 'object' && json !== null ? Object.values(json).flatMap(leaves) : [];
}
