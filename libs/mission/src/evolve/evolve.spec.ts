import fc from 'fast-check';
import { fold } from '@missions/kernel';
import { askClaim } from '../ask.ts';
import { fact, missionEventSchemas, type MissionEvent } from '../events/index.ts';
import { initialMission } from '../initial-mission.ts';
import type { Mission } from '../mission.state.ts';
import { at } from '../testing/mission.builders.ts';
import { walk } from '../testing/random-world.ts';
import { evolve } from './index.ts';

/** Facts of many missions, of which any order is thinkable for a fold that has to be total. */
function pool(): readonly MissionEvent[] {
  const facts: MissionEvent[] = [];
  for (let seed = 1; seed <= 120; seed += 1) {
    const steps = Array.from({ length: 90 }, (_step, index) => (seed * 7919 + index * 104_729) >>> 0);
    walk(seed, steps, ({ events }) => facts.push(...events));
  }
  return [...facts, ...saidOfLocks()];
}

/** What ledgers and agents say of locks while a run works, to which a walk seldom comes. */
function saidOfLocks(): readonly MissionEvent[] {
  const runId = 'm-demo1-r5';
  const claimId = askClaim(runId, '1');
  const inLedger = { ledger: 'resources-r', version: 3 };
  const talk = { claimId, negotiationId: 'talk-1', with: ['m-other'], ...inLedger };
  const proposal = { claimId, runId, negotiationId: 'talk-1', proposalId: 'p-1' };
  const resources = ['path:/r/main/src'];
  return [
    fact('LockRequested', { claimId, runId, resources, ask: { mode: 'X', reason: 'It is needed.' } }),
    fact('LockNegotiationOpened', { ...talk, side: 'asker', resources, deadline: at }),
    fact('LockOffered', { ...proposal, offer: 'At noon.', expires: at }),
    fact('LockOfferChosen', proposal),
    fact('LockNegotiationSettled', { ...talk, agreed: 'm-other keeps the rest.' }),
    fact('LockNegotiationFailed', { ...talk, reason: 'refused' }),
    fact('LockNarrowed', { claimId: `${runId}/lock`, runId, resources, ...inLedger }),
    fact('LockAskRefused', { claimId, runId, code: 'LOCK_CYCLE', detail: 'A circle.' }),
  ];
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
