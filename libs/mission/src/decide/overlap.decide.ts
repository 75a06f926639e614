import type { Overlap } from '../broadcast.ts';
import { fact } from '../events/index.ts';
import type { Mission } from '../mission.state.ts';
import { isOver } from '../queries.ts';
import { requireService, type Decisions } from './deciding.ts';

export const overlapDecisions: Decisions<'RecordOverlap'> = {
  /** One broadcast stands for each other mission; the next names what the former did and supersedes it. */
  RecordOverlap: ({ otherId, paths, more }, mission, context) => {
    requireService(context);
    if (isOver(mission)) return [];
    const former = standing(mission, otherId);
    const known = former?.overlap?.paths ?? [];
    const named = fitting([...new Set([...known, ...paths])]);
    const others = more || former?.overlap?.more === true || paths.some((path) => !named.includes(path));
    if (former && named.length === known.length && others === former.overlap?.more) return [];
    const overlap = { missionId: otherId, paths: named, more: others };
    return [
      fact('BroadcastPublished', {
        version: mission.broadcasts.length + 1,
        by: context.actor.id,
        broadcast: {
          kind: 'environment_change',
          audience: 'all',
          title: `This mission and ${otherId} changed the same files`,
          body: bodyOf(overlap),
          priority: 'important',
          effectiveFrom: 'next_run',
          ...(former && { supersedes: former.version }),
        },
        overlap,
      }),
    ];
  },
};

function standing({ broadcasts }: Mission, otherId: string): Mission['broadcasts'][number] | undefined {
  return broadcasts.findLast(({ overlap }) => overlap?.missionId === otherId);
}

/** Every prompt of the mission holds it, and its event names the paths twice; those beyond are not named at all. */
const charactersNamed = 4_000;

/** The first that fit; a path that was known stays, since those before it are the same. */
function fitting(paths: readonly string[]): string[] {
  let characters = 0;
  const beyond = paths.findIndex((path) => {
    characters += path.length + '\n- '.length;
    return characters > charactersNamed;
  });
  return beyond < 0 ? [...paths] : paths.slice(0, beyond);
}

function bodyOf({ paths, more }: Overlap): string {
  const named = paths.map((path) => `- ${path}`).join('\n');
  return `Both missions work on this repository and neither waits for the other, so their branches may conflict:\n${named}${more ? '\n- and others' : ''}`;
}
