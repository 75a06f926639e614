import { missionEventSchemas } from './events/index.ts';
import { handle } from './handle.ts';
import type { Mission } from './mission.state.ts';
import { approved, smallProposal } from './testing/index.ts';

const context = { actor: { kind: 'service', id: 'decide' }, at: '2026-03-01T10:00:00.000Z' } as const;
const start = (): Mission => approved({}, smallProposal()).mission;

/** Each is told in turn, of the same other mission unless it says whose. */
function told(...overlaps: readonly { readonly paths: string[]; readonly otherId?: string }[]) {
  let mission = start();
  for (const data of overlaps) {
    const command = { type: 'RecordOverlap', data: { otherId: 'm-bbbb2', more: false, ...data } } as const;
    const { events, mission: next } = handle(command, mission, context);
    for (const { type, data: said } of events) missionEventSchemas[type].parse(said);
    mission = next;
  }
  return mission.broadcasts;
}

describe('the broadcast of files that two missions changed', () => {
  it('is said once for a pair of missions, while no file is new', () => {
    expect(told({ paths: ['a', 'b'] }, { paths: ['b'] }, { paths: ['a'] })).toHaveLength(1);
  });

  it('gives way to one that names a new file beside all the known ones', () => {
    const [, second, third] = told({ paths: ['b'] }, { paths: ['c'] }, { paths: ['b', 'a'] });
    expect(second?.broadcast).toMatchObject({ supersedes: 1 });
    expect(third?.broadcast).toMatchObject({ supersedes: 2 });
    expect(third?.broadcast.body).toMatch(/\n- b\n- c\n- a$/);
  });

  it('stands by itself for each other mission', () => {
    const broadcasts = told({ paths: ['a'] }, { paths: ['a'], otherId: 'm-cccc3' });
    expect(broadcasts.map(({ broadcast }) => broadcast.supersedes)).toEqual([undefined, undefined]);
  });

  it('stays within its schema, and grows no more once it is full', () => {
    const paths = (from: number) =>
      Array.from({ length: 20 }, (_, index) => `${String(from + index)}/${'x'.repeat(990)}`);
    const [only, ...others] = told({ paths: paths(0) }, { paths: paths(20) });
    expect(only?.broadcast.body).toMatch(/\n- and others$/);
    expect(others).toEqual([]);
  });

  it('says once that not every file is named', () => {
    const full = Array.from({ length: 4 }, (_, index) => `${String(index)}${'x'.repeat(996)}`);
    const broadcasts = told({ paths: full }, { paths: ['y'] }, { paths: ['z'] });
    expect(broadcasts.map(({ broadcast }) => broadcast.body.endsWith('- and others'))).toEqual([false, true]);
  });
});
