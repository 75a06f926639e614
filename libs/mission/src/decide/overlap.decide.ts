import { fact } from '../events/index.ts';
import { isOver } from '../queries.ts';
import { requireService, type Decisions } from './deciding.ts';

export const overlapDecisions: Decisions<'RecordOverlap'> = {
  /** Said once of a pair of features, to every run from now on. */
  RecordOverlap: ({ featureId, other, paths, more }, mission, context) => {
    requireService(context);
    if (isOver(mission)) return [];
    const title = `${featureId} and ${other.featureId} of ${other.missionId} changed the same files`;
    if (mission.broadcasts.some(({ broadcast }) => broadcast.title === title)) return [];
    const named = paths.map((path) => `- ${path}`).join('\n');
    const rest = more > 0 ? `\n- and ${String(more)} more` : '';
    return [
      fact('BroadcastPublished', {
        version: mission.broadcasts.length + 1,
        by: context.actor.id,
        broadcast: {
          kind: 'environment_change',
          audience: 'all',
          title,
          body: `Both missions work on this repository and neither waits for the other, so their branches may conflict:\n${named}${rest}`,
          priority: 'important',
          effectiveFrom: 'next_run',
        },
      }),
    ];
  },
};
