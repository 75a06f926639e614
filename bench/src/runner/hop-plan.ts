import { numberedId, proposedSchema, type ConclusionOf } from '@missions/mission';

/** One milestone of features that all fulfil the one assertion there is. */
export function proposalOf(features: number): ConclusionOf<'proposed'> {
  return proposedSchema.parse({
    kind: 'proposed',
    brief: { title: 'Hops', goal: 'Measure how long the next run waits' },
    plan: {
      milestones: [{ id: 'M1', title: 'All of it' }],
      features: Array.from({ length: features }, (_, index) => ({
        id: numberedId('F-', index + 1),
        milestoneId: 'M1',
        title: `Feature ${index + 1}`,
        description: 'Nothing is built; the next run is what matters.',
        fulfils: ['VAL-HOP-001'],
      })),
    },
    contract: {
      assertions: [
        {
          id: 'VAL-HOP-001',
          statement: 'The next run is claimed soon.',
          proof: { method: 'command', command: 'false', expected: { stdout: 'claimed' } },
        },
      ],
    },
  });
}
