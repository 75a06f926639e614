import type { PersonRepository } from '@missions/workspace/conformance';
import { PlayedMission } from './played-mission.ts';

/** A completed mission and one at work, written to the log by the product's own rules; the commits are real. */
export interface PlayedMissions {
  readonly completed: PlayedMission;
  readonly working: PlayedMission;
}

export const COMPLETED = 'm-done1';
export const WORKING = 'm-work1';

/** One feature of the plan, each with an assertion of its own. */
const features = ['F-001', 'F-002'] as const;

export function playMissions(repository: PersonRepository, artifact: string): PlayedMissions {
  repository.write('README.md', 'A product to be built.\n');
  const baseSha = repository.commit('base');
  const completed = new PlayedMission(COMPLETED, { repository, baseSha, artifact });
  completed.plan([...features]);
  for (const feature of features) completed.build(feature);
  completed.validate();
  completed.proveFinally();

  const working = new PlayedMission(WORKING, { repository, baseSha, artifact });
  working.plan([...features]);
  working.build('F-001');
  working.startBuild();
  working.pauseAndResume();
  return { completed, working };
}
