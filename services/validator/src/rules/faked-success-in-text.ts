import type { Problem } from './rule.ts';
import type { SourceFile } from './source-file.ts';

interface Shape {
  readonly files: RegExp;
  readonly line: RegExp;
  readonly title: string;
}

const shapes: readonly Shape[] = [
  { files: /\.py$/, line: /\bos\._exit\(0?\)/, title: 'The process is ended as if all were well' },
  { files: /\.py$/, line: /^(?:sys\.)?exit\(0?\)/, title: 'The process is ended as if all were well' },
  {
    files: /\.py$/,
    line: /\b(?:session\.)?exitstatus\s*=\s*0|^\s*(?:unittest|pytest)\.[\w.]+\s*=[^=]/,
    title: 'The test runner is made to report success',
  },
  { files: /\.go$/, line: /^\tos\.Exit\(0\)/, title: 'The process is ended as if all were well' },
  { files: /\.rs$/, line: /^\s*std::process::exit\(0\)/, title: 'The process is ended as if all were well' },
  {
    files: /\.(?:sh|bash)$/,
    line: /^\s*(?:echo|printf)\b.*(?:\bok \d+\b|# (?:pass|fail) \d|\d+ pass(?:ing|ed)\b)/,
    title: 'A test runner’s output is made up',
  },
];

/** What languages that are not parsed here show of faked success, in what tests. */
export function fakedInText({ path, role, added }: SourceFile): readonly Problem[] {
  const isTest = role === 'test' || role === 'configuration';
  return shapes
    .filter(({ files }) => files.test(path) && (isTest || path.endsWith('.sh')))
    .flatMap(({ line: shape, title }) =>
      added
        .filter(({ text }) => shape.test(text))
        .map(({ number, text }) => ({
          title,
          why: 'It happens in what tests the product.',
          line: number,
          shown: text,
        })),
    );
}
