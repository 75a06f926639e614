import fc from 'fast-check';
import { compatible, type Mode } from './mode.ts';
import { anyConflict } from './overlap.ts';
import { parseResource } from './resource.ts';
import type { Want } from './want.ts';

/** Modes with their intentions, as Gray's hierarchical locks store them on every node above. */
type StoredMode = Mode | 'IS' | 'IU' | 'IX';
const together: Readonly<Record<StoredMode, readonly StoredMode[]>> = {
  IS: ['IS', 'IU', 'IX', 'S', 'U'],
  IU: ['IS', 'IU', 'IX', 'S'],
  IX: ['IS', 'IU', 'IX'],
  S: ['IS', 'IU', 'S', 'U'],
  U: ['IS', 'S'],
  X: [],
};

/** What a claim would store if intentions were stored: its mode on the node, an intention on each node above. */
function stored({ resource, mode }: Want): readonly (readonly [string, StoredMode])[] {
  const { segments } = parseResource(resource);
  return segments.map((_, depth): readonly [string, StoredMode] => {
    const node = segments.slice(0, depth + 1).join('/');
    return [node, depth === segments.length - 1 ? mode : `I${mode}`];
  });
}

function conflictByIntentions(these: readonly Want[], those: readonly Want[]): boolean {
  const table = those.flatMap(stored);
  return these
    .flatMap(stored)
    .some(([node, mode]) => table.some(([other, held]) => node === other && !together[mode].includes(held)));
}

const segment = fc.constantFrom('a', 'b');
const want = fc.record({
  resource: fc.array(segment, { minLength: 2, maxLength: 4 }).map((path) => `path:/${path.join('/')}`),
  mode: fc.constantFrom('S', 'U', 'X'),
}) satisfies fc.Arbitrary<Want>;
const wants = fc.array(want, { minLength: 1, maxLength: 4 });

describe('modes', () => {
  it('readers share, one of them may be about to write, a writer is alone', () => {
    const modes: readonly Mode[] = ['S', 'U', 'X'];
    expect(modes.map((a) => modes.map((b) => compatible(a, b)))).toEqual([
      [true, true, false],
      [true, false, false],
      [false, false, false],
    ]);
  });

  it('decide over trees as stored intentions would', () => {
    fc.assert(
      fc.property(wants, wants, (these, those) => {
        expect(anyConflict(these, those)).toBe(conflictByIntentions(these, those));
      }),
      { numRuns: 20_000 },
    );
  });
});
