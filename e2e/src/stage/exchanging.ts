import { call, script } from './handing-over.ts';

interface Told {
  /** What its feature touches. */
  readonly own: string;
  /** What its agent asks for first, and what it asks for then and writes. */
  readonly first: string;
  readonly then: string;
}

/** Two missions whose agents each ask, beside their features, for a file, and then for the one that the other has by now. */
export const exchanging = {
  one: agent({ own: 'docs/one.md', first: 'test/a.md', then: 'lib/b.md' }),
  other: agent({ own: 'docs/other.md', first: 'lib/b.md', then: 'test/a.md' }),
};

function agent({ own, first, then }: Told): ReturnType<typeof script> {
  const asks = (resource: string): unknown =>
    call('negotiate', { resource, mode: 'X', reason: 'It may belong here.', flexible: true });
  const handoff = {
    outcome: 'success',
    salientSummary: `${own} and ${then} are written.`,
    whatWasImplemented: ['the files'],
    whatWasLeftUndone: [],
  };
  return script({ touches: [own], file: own, minutes: 30 }, [
    asks(first),
    asks(then),
    call('write', { file_path: then, content: 'So it is.\n' }),
    call('write', { file_path: own, content: 'So it is.\n' }),
    call('hand_off', handoff),
  ]);
}
