const extension = /\.(?:[cm]?[jt]sx?|py|go|rs|java|kt|rb|cc?|cpp|hpp?|cs|php|swift|scala|vue|svelte)$/i;
const sourceFolder = /^(?:\.\/)?(?:src|lib|libs|app|internal|pkg)\//;
/** Words for products, not files. */
const products = /^(?:node|vue|next|nuxt|express|react|three|d3|chart|ember|alpine|socket|backbone)\.js$/i;

const interpreters = new Set([
  'node',
  'deno',
  'bun',
  'python',
  'python3',
  'ruby',
  'php',
  'go',
  'java',
  'tsx',
]);
/** What is said of a file when its inside is meant. */
const declares = new Set(['exports', 'declares', 'defines', 'implements', 'imports', 'instantiates']);
/** The same of a file in a folder of sources, where nobody from outside would look. */
const holds = new Set(['exists', 'contains', 'has', 'holds', 'uses', 'calls']);

/** The words of a statement that speak of the inside of a source file; a command that runs one, and a served path, do not. */
export function namesSource(statement: string): string | undefined {
  const words = statement.split(/\s+/).map(bare);
  for (const [index, word] of words.entries()) {
    if (!isSourceFile(word) || interpreters.has(words[index - 1] ?? '')) continue;
    const verb = words
      .slice(index + 1, index + 4)
      .find((next) => declares.has(next) || (holds.has(next) && sourceFolder.test(word)));
    if (verb !== undefined) return `${word} ${verb}`;
  }
  return undefined;
}

function bare(word: string): string {
  return word.replaceAll(/^[`"'(]+|[`"'),.:;]+$/g, '');
}

function isSourceFile(word: string): boolean {
  return extension.test(word) && !products.test(word) && !/^(?:\/|https?:)/.test(word);
}

/** Programs that look at files and run nothing. */
const readers = new Set(
  '[ [[ test grep egrep fgrep rg ls cat find stat head tail wc file xargs sort uniq cut tr echo printf cd true false exit diff cmp'.split(
    ' ',
  ),
);

/** Whether a command does nothing but look at source files, so that it passes without a product that works. */
export function looksAtSource(command: string): boolean {
  const programs = segments(command).map(programOf);
  return (
    programs.every((program) => program === '' || readers.has(program)) &&
    command
      .split(/[\s=]+/)
      .map(bare)
      .some((word) => isSourceFile(word) || sourceFolder.test(word))
  );
}

/** The simple commands of a line of shell, those in substitutions among them. Rough on purpose: it only has to spare the honest. */
function segments(command: string): readonly string[] {
  const inner = [...command.matchAll(/\$\(([^()]*)\)|`([^`]*)`/g)].map(
    ([, one, other]) => one ?? other ?? '',
  );
  const quoted = command.replaceAll(/'[^']*'|"[^"]*"/g, (text) => text.replaceAll(/[;&|\n]/g, ' '));
  return [...inner, ...quoted.split(/[;&|\n]+/)];
}

function programOf(segment: string): string {
  const words = segment
    .trim()
    .replace(/^for\s+\w+\s+in\s.*$/, '')
    .split(/\s+/);
  const first = words.find((word) => !/^(?:[!({]+|\w+=.*|if|then|else|do|fi|done|for|while)$/.test(word));
  return (first ?? '').replace(/^.*\//, '');
}
