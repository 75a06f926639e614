import type { CheckedThing } from './assertions-of.ts';
import type { DeclaredTest, TestMark } from './declared-tests.ts';

interface Language {
  /** Captures the name of a test at the line where it begins. */
  readonly begins: RegExp;
  readonly asserts: RegExp;
  readonly isVacuous: RegExp;
  /** On the test's own lines or directly above it. */
  readonly skips: RegExp;
  readonly comment: RegExp;
}

const languages: Readonly<Record<string, Language>> = {
  py: {
    begins: /^\s*(?:async )?def (test\w*)\(/,
    asserts:
      /^\s*(?:assert\b|self\.(?:assert|fail)\w*\(|with (?:pytest\.raises|self\.assertRaises)|raise AssertionError)/,
    isVacuous:
      /^\s*(?:assert (?:True|1|not False)\s*(?:,|#|$)|self\.assertTrue\(True\)|self\.assertEqual\((\w+), \1\))/,
    skips:
      /^\s*(?:@pytest\.mark\.(?:skip|xfail)\b|@(?:unittest\.)?skip\b|pytest\.(?:skip|xfail)\(|raise unittest\.SkipTest|self\.skipTest\()/,
    comment: /^\s*#/,
  },
  go: {
    begins: /^func ((?:Test|Fuzz)\w*)\(/,
    asserts: /\b(?:t|tb|b)\.(?:Error|Errorf|Fatal|Fatalf|Fail|FailNow)\(|\b(?:assert|require)\.\w+\(/,
    isVacuous: /\b(?:assert|require)\.True\(t, true/,
    skips: /\bt\.Skip(?:f|Now)?\(/,
    comment: /^\s*\/\//,
  },
  rs: {
    begins: /^\s*(?:pub )?(?:async )?fn (\w+)\(\)/,
    asserts: /\b(?:assert\w*|panic|unreachable)!/,
    isVacuous: /\bassert!\(true\)/,
    skips: /^\s*#\[ignore/,
    comment: /^\s*\/\//,
  },
};

/** The tests of a language that is not parsed here, told by the lines where they begin; none where the language is unknown. */
export function testsInText(path: string, text: string): readonly DeclaredTest[] {
  const language = languages[/\.(\w+)$/.exec(path)?.[1] ?? ''];
  if (!language) return [];
  const lines = text.split('\n');
  const starts = lines.flatMap((line, index) => {
    const name = language.begins.exec(line)?.[1];
    return name === undefined || (path.endsWith('.rs') && !isMarkedTest(lines, index))
      ? []
      : [{ name, index }];
  });
  return starts.map(({ name, index }, at) => {
    const above = decoratorsAbove(lines, index);
    const end = starts[at + 1]?.index ?? lines.length;
    return testFrom(language, name, { lines, from: above, index, end });
  });
}

function isMarkedTest(lines: readonly string[], index: number): boolean {
  return lines.slice(decoratorsAbove(lines, index), index).some((line) => /#\[(?:\w+::)*test\b/.test(line));
}

function decoratorsAbove(lines: readonly string[], index: number): number {
  let from = index;
  while (from > 0 && /^\s*(?:@|#\[)/.test(lines[from - 1] ?? '')) from -= 1;
  return from;
}

function testFrom(
  language: Language,
  name: string,
  at: {
    readonly lines: readonly string[];
    readonly from: number;
    readonly index: number;
    readonly end: number;
  },
): DeclaredTest {
  const own = at.lines.slice(at.from, at.end).map((text, offset) => ({ text, line: at.from + offset + 1 }));
  const said = own.filter(({ text }) => !language.comment.test(text));
  const marks: readonly TestMark[] = said.some(({ text }) => language.skips.test(text)) ? ['skip'] : [];
  const assertions = said
    .filter(({ text, line }) => line > at.index + 1 && language.asserts.test(text))
    .map(({ text, line }) => assertionFrom(language, text, line));
  const body = said.filter(({ text, line }) => line > at.index + 1 && text.trim() !== '');
  return {
    name,
    line: at.index + 1,
    endLine: at.end,
    marks,
    assertions,
    swallows: [],
    isEmpty: body.every(({ text }) => /^\s*(?:pass|\.\.\.|[{}])\s*$/.test(text)),
  };
}

function assertionFrom({ isVacuous }: Language, text: string, line: number): CheckedThing {
  const isExact = /==|Equal|eq!|Errorf|Fatalf|raises/.test(text);
  return {
    text: text.trim().replaceAll(/\s+/g, ' '),
    line,
    strength: isVacuous.test(text) ? 0 : isExact ? 3 : 2,
  };
}
