import fc from 'fast-check';
import { fold } from '@missions/kernel';
import type { MissionEvent } from './events/index.ts';
import { evolve } from './evolve/index.ts';
import { initialMission } from './initial-mission.ts';
import { isOver } from './queries.ts';
import { finish } from './testing/willing-world.ts';
import { brokenLaws, describe as described } from './testing/mission.laws.ts';
import { walk, type Moment } from './testing/random-world.ts';

const seed = fc.nat();
const steps = fc.array(fc.nat(), { minLength: 60, maxLength: 110, size: 'max' });

function lawful(moment: Moment): void {
  const broken = brokenLaws(moment);
  if (broken.length > 0) throw new Error(`${JSON.stringify(moment.asked.command)}\n${broken.join('\n')}`);
}

/** A failure is printed with its seed and path; `fc.assert(…, { seed, path })` walks it again. */
describe('a mission, whatever happens to it', () => {
  it('keeps its laws after every step, and refuses instead of failing', () => {
    fc.assert(
      fc.property(seed, steps, (from, walked) => {
        walk(from, walked, lawful);
      }),
      { numRuns: 300 },
    );
  });

  it('can be completed from wherever it stands by people and runs who are willing', () => {
    fc.assert(
      fc.property(seed, steps, (from, walked) => {
        const stood = walk(from, walked, () => undefined);
        const end = finish(stood, 400, lawful);
        const reportsOnly = end.autonomy === 'report_only' && end.block?.cause === 'fix_limit';
        if (!isOver(end) && !reportsOnly) throw new Error(`It stands still: ${described(end)}`);
        if (isOver(end) && !isOver(stood) && end.status === 'cancelled') throw new Error('Nobody cancelled.');
      }),
      { numRuns: 150 },
    );
  });

  it('is the same however its facts are folded', () => {
    fc.assert(
      fc.property(seed, steps, fc.nat(), (from, walked, cut) => {
        const facts: MissionEvent[] = [];
        const mission = walk(from, walked, ({ events }) => facts.push(...events));
        const at = cut % (facts.length + 1);
        const half = JSON.parse(
          JSON.stringify(fold(evolve, initialMission, facts.slice(0, at))),
        ) as typeof mission;
        expect(fold(evolve, half, facts.slice(at))).toEqual(mission);
      }),
      { numRuns: 50 },
    );
  });
});
