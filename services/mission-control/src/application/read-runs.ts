import { runView, type RunView, type TranscriptView } from '@missions/contracts';
import type { StreamReader } from '@missions/event-store';
import { DomainError } from '@missions/kernel';
import { missionOfRun, runStream } from '@missions/mission';
import type { ReadMissions } from './read-missions.ts';

/** Single runs and what was said in them. */
export class ReadRuns {
  constructor(
    private readonly missions: ReadMissions,
    private readonly store: StreamReader,
  ) {}

  /** Refuses with `UNKNOWN_RUN`. */
  async run(runId: string): Promise<RunView> {
    const missionId = missionOfRun(runId);
    const [mission, live] = await Promise.all([this.missions.find(missionId), this.missions.live(missionId)]);
    const run = mission?.runs[runId];
    if (run === undefined) throw new DomainError('UNKNOWN_RUN', `There is no run ${runId}.`, { runId });
    return runView(missionId, run, live.get(runId));
  }

  async transcript(
    runId: string,
    { after, limit }: { readonly after: number; readonly limit: number },
  ): Promise<TranscriptView> {
    await this.run(runId);
    const events = await this.store.read(runStream(runId), { after, limit });
    const last = events.length === limit ? events.at(-1)?.version : undefined;
    return {
      runId,
      entries: events.map(({ version, type, occurredAt, token, data }) => ({
        version,
        type,
        at: occurredAt,
        data,
        ...(token !== undefined && { token }),
      })),
      ...(last !== undefined && { next: last }),
    };
  }
}
