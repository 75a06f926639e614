import { finishedMission, planEstimate, type FinishedMission, type ModelsByRole } from '@missions/contracts';
import type { Estimate, Mission } from '@missions/mission';
import type { MissionFolds } from '@missions/runs';
import type { MissionCards } from '../ports/mission-cards.ts';

export interface EstimatePlansParts {
  readonly folds: Pick<MissionFolds, 'load'>;
  readonly cards: Pick<MissionCards, 'all'>;
  readonly models: ModelsByRole;
}

/** Older missions say little about how work goes now, and each is read once by every replica. */
const newest = 50;

/** What a proposed plan may cost, by the missions this installation has finished. */
export class EstimatePlans {
  /** A completed mission never changes again. */
  private readonly finished = new Map<string, FinishedMission>();

  constructor(private readonly parts: EstimatePlansParts) {}

  /** Undefined while there is no plan to estimate, and once it is approved: from then on its cost is known by what it costs. */
  async of(mission: Mission): Promise<Estimate | undefined> {
    const { proposal, approvedHash } = mission;
    if (!proposal || proposal.stage === 'open' || approvedHash !== undefined) return undefined;
    return planEstimate(mission, { finished: await this.finishedMissions(), models: this.parts.models });
  }

  private async finishedMissions(): Promise<readonly FinishedMission[]> {
    const cards = await this.parts.cards.all();
    const ids = cards
      .filter(({ status }) => status === 'completed')
      .sort((left, right) => Date.parse(right.updatedAt) - Date.parse(left.updatedAt))
      .slice(0, newest)
      .map(({ id }) => id);
    return Promise.all(ids.map((id) => this.read(id)));
  }

  private async read(id: string): Promise<FinishedMission> {
    const known = this.finished.get(id) ?? finishedMission(await this.parts.folds.load(id));
    this.finished.set(id, known);
    return known;
  }
}
