import type { Mission, MissionCommandOf } from '@missions/mission';

export interface RefusedClaim {
  readonly runId?: string | undefined;
  /** Of what was asked for ahead of its run. */
  readonly featureId?: string | undefined;
  readonly resources: readonly string[];
  readonly why: string;
  /** Everybody in a circle waits for the next. */
  readonly isCircle: boolean;
}

/** Blocks a mission whose run's claim is never granted, with what a person can do, instead of letting it wait for ever. */
export function neverGranted(
  missionId: string,
  { runs }: Pick<Mission, 'runs'>,
  { runId = '', featureId, resources, why, isCircle }: RefusedClaim,
): MissionCommandOf<'BlockMission'> {
  const feature = featureId ?? runs[runId]?.subject.feature;
  const skip =
    feature &&
    `\`missions feature skip ${missionId} ${feature} --reason R\` goes on without ${feature}; after that \`missions message ${missionId} TEXT\` can ask for another in its place.`;
  const again = `\`missions resume ${missionId}\` asks for it again.`;
  return {
    type: 'BlockMission',
    data: {
      cause: isCircle ? 'lock_cycle' : 'lock_wait',
      detail: `${resources.join(', ')} cannot be claimed: ${why}`.slice(0, 4_000),
      needs: [again, skip].filter(Boolean).join(' '),
    },
  };
}
