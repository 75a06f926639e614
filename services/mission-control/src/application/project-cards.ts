import { missionCard, missionIdOfStream } from '@missions/contracts';
import type { EventContext } from '@missions/bus';
import type { EventEnvelope } from '@missions/kernel';
import type { MissionFolds } from '@missions/runs';
import type { MissionCards } from '../ports/mission-cards.ts';

/** Keeps the list of missions equal to the fold of the log. A card shows the head, so that a burst of events is one write. */
export class ProjectCards<Rows> {
  constructor(
    private readonly folds: MissionFolds,
    private readonly cards: MissionCards<Rows>,
  ) {}

  readonly handle = async (event: EventEnvelope, { tx }: EventContext<Rows>): Promise<void> => {
    const missionId = missionIdOfStream(event.stream);
    if (missionId === undefined) return;
    if (event.version <= (await this.cards.seqIn(tx.rows, missionId))) return;
    const mission = await this.folds.load(missionId, tx);
    const [head = event] = await tx.read(event.stream, { after: mission.version - 1, limit: 1 });
    await this.cards.put(tx.rows, missionCard(mission, { updatedAt: head.occurredAt }));
  };
}
