/** What came over the pipe, and the word that only the witness knows. */
export interface Said {
  readonly text: string;
  readonly receipt: string;
}

/**
 * Why an exit by 0 is not believed; undefined when every script that began came to its end. `texts` are the contract's files:
 * one that handles failures of the process itself knows what it does.
 */
export function objection({ text, receipt }: Said, texts: readonly string[]): string | undefined {
  const lines = text.split('\n').map((line) => line.split(' '));
  const of = (word: string) => lines.filter(([first]) => first === word);
  const [cut] = of('cut');
  if (cut) return `the product ended the proof’s own process, from ${shown(cut.slice(2))}`;
  const handles = texts.some((content) => /uncaughtException|unhandledRejection/.test(content));
  const [failed] = handles ? [] : of('failed');
  if (failed) return `a failure in the proof’s process was hidden: ${shown(failed.slice(2))}`;
  const done = new Set(of('completed').flatMap(([, id, word]) => (word === receipt ? [id] : [])));
  const open = of('started').find(([, id]) => !done.has(id));
  return open && `${shown(open.slice(2))} never came to its end`;
}

function shown(words: readonly string[]): string {
  return words.join(' ').replace('file://', '').slice(0, 400);
}
