import { posix } from 'node:path';
import { neutralLine } from './hostile-text.ts';

const maxNames = 12;
const maxNameCharacters = 60;
/** Longer lines are generated, not written. */
const maxLineCharacters = 300;
const maxLines = 4_000;

type Pattern = RegExp;

const script: readonly Pattern[] = [
  /^export (?:default )?(?:declare )?(?:async )?(?:abstract )?(?:function\*?|class|const|let|var|interface|type|enum|namespace) ([\w$]+)/,
  /^(?:module\.)?exports\.([\w$]+) =/,
];
const python: readonly Pattern[] = [/^(?:async )?def ([A-Za-z]\w*)/, /^class ([A-Za-z]\w*)/];
const go: readonly Pattern[] = [/^func (?:\([^)]{0,80}\) )?([A-Z]\w*)/, /^type ([A-Z]\w*)/];
const rust: readonly Pattern[] = [
  /^pub (?:async |unsafe |const )?(?:fn|struct|enum|trait|mod|type|const|static) (\w+)/,
];
const classes: readonly Pattern[] = [
  /^(?:public |internal |open |abstract |final |sealed |data |static |partial )*(?:class|interface|enum|record|object|struct|trait) (\w+)/,
];
const ruby: readonly Pattern[] = [/^ {0,2}(?:class|module) ([\w:]+)/];
const shell: readonly Pattern[] = [/^(?:function )?([\w-]+) ?\(\)/];
const sql: readonly Pattern[] = [
  /^create (?:or replace )?(?:table|view|function|type|index|trigger) (?:if not exists )?([\w."]+)/i,
];
const markdown: readonly Pattern[] = [/^#{1,2} (.+)$/];

/** What stands at the beginning of a line of these files is what others see of them. */
const patterns: Readonly<Record<string, readonly Pattern[]>> = {
  '.ts': script,
  '.tsx': script,
  '.mts': script,
  '.cts': script,
  '.js': script,
  '.jsx': script,
  '.mjs': script,
  '.cjs': script,
  '.py': python,
  '.go': go,
  '.rs': rust,
  '.java': classes,
  '.kt': classes,
  '.cs': classes,
  '.scala': classes,
  '.swift': classes,
  '.php': classes,
  '.rb': ruby,
  '.sh': shell,
  '.sql': sql,
  '.md': markdown,
};

/** True when the file's beginning-of-line declarations are worth a look. */
export function hasOutline(path: string): boolean {
  return Object.hasOwn(patterns, posix.extname(path).toLowerCase());
}

/** Top-level names or headings in the order of the file, by looking at the beginnings of its lines; nothing is parsed or run. */
export function outlineOf(path: string, text: string): readonly string[] {
  const wanted = patterns[posix.extname(path).toLowerCase()] ?? [];
  const names = new Set<string>();
  for (const line of text.split('\n', maxLines)) {
    if (line.length > maxLineCharacters) continue;
    for (const pattern of wanted) {
      const name = pattern.exec(line)?.[1];
      if (name !== undefined) names.add(neutralLine(name, maxNameCharacters));
    }
    if (names.size > maxNames) break;
  }
  const shown = [...names].slice(0, maxNames);
  return names.size > maxNames ? [...shown, '…'] : shown;
}
