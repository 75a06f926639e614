import fc from 'fast-check';
import { fold } from '@missions/kernel';
import { missionEventSchemas, type MissionEvent } from '../events/index.ts';
import { initialMission } from '../initial-mission.ts';
import type { Mission } from '../mission.state.ts';
import { walk } from '../testing/random-world.ts';
import { evolve } from './index.ts';

/** Facts of many missions, of which any order is thinkable for a fold that has to be total. */
function pool(): readonly MissionEvent[] {
  const facts: MissionEvent[] = [];
  for (let seed = 1; seed <= 120; seed += 1) {
    const steps = Array.from({ length: 90 }, (_step, index) => (seed * 7919 + index * 104_729) >>> 0);
    walk(seed, steps, ({ events }) => facts.push(...events));
  }
  return facts;
}

const facts = pool();

describe('evolve', () => {
  it('has met every fact but those that nothing brings about yet', () => {
    const met = new Set(facts.map(({ type }) => type));
    const never = Object.keys(missionEventSchemas).filter((type) => !met.has(type as MissionEvent['type']));
    expect(never).toEqual(['FeatureCancelled']);
  });

  it('is total: it takes facts in any order, also of other missions', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(), { minLength: 50, maxLength: 200, size: 'max' }), (picks) => {
        const shuffled = picks.flatMap((pick) => facts[pick % facts.length] ?? []);
        const mission = fold(evolve, initialMission, shuffled);
        expect(mission.version).toBe(shuffled.length);
        expect(JSON.parse(JSON.stringify(mission))).toEqual(mission);
      }),
      { numRuns: 200 },
    );
  });

  it.each(['MissionRenamed', 'constructor', '__proto__', ''])(
    'counts an unknown "%s" and changes nothing else',
    (type) => {
      const before: Mission = fold(evolve, initialMission, facts.slice(0, 40));
      expect(evolve(before, { type, data: undefined })).toEqual({ ...before, version: before.version + 1 });
    },
  );

  it('never changes the mission it is given', () => {
    const frozen = deepFreeze(fold(evolve, initialMission, facts.slice(0, 60)));
    for (const fact of facts.slice(60, 400)) expect(() => evolve(frozen, fact)).not.toThrow();
  });
});

function deepFreeze<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
}
