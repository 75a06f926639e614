import { present, runView, runViews, type RunView, type TranscriptView } from '@missions/contracts';
import type { StreamReader } from '@missions/event-store';
import { DomainError, type EventEnvelope } from '@missions/kernel';
import { missionOfRun, runStream, type Mission, type RunState } from '@missions/mission';
import type { RunTranscripts } from '../ports/run-transcripts.ts';
import type { ReadMissions } from './read-missions.ts';

export interface ReadRunsParts {
  readonly missions: ReadMissions;
  readonly store: StreamReader;
  readonly transcripts: RunTranscripts;
}

/** Runs, their helpers, and what was said in them. */
export class ReadRuns {
  constructor(private readonly parts: ReadRunsParts) {}

  /** All of a mission, now or as they were at a version; what transcripts say belongs to the present. */
  async ofMission(mission: Mission, version?: number): Promise<readonly RunView[]> {
    const { missions } = this.parts;
    const views = runViews(mission, await missions.live(mission.id, version));
    return version === undefined ? this.withRefusals(views) : views;
  }

  /** With what was wrong with the calls that should have ended them; of one that handed off after all nobody asks. */
  async withRefusals(views: readonly RunView[]): Promise<readonly RunView[]> {
    const asked = views.filter(({ status }) => status !== 'handed_off').map(({ id }) => id);
    if (asked.length === 0) return views;
    const refused = await this.parts.transcripts.refusedCloses(asked);
    return views.map((view) => ({ ...view, ...present({ refusedClose: refused.get(view.id) }) }));
  }

  /** A run with the names of its helpers, or one of them. Refuses with `UNKNOWN_RUN`. */
  async run(id: string): Promise<RunView> {
    const found = await this.find(id);
    const { run, view } = found;
    if (id !== run.id) return this.helper(id, found);
    const { transcripts } = this.parts;
    const [helpers, views] = await Promise.all([transcripts.helpersOf(id), this.withRefusals([view])]);
    return { ...(views[0] ?? view), ...(helpers.length > 0 && { helpers: [...helpers] }) };
  }

  async transcript(
    runId: string,
    { after, limit }: { readonly after: number; readonly limit: number },
  ): Promise<TranscriptView> {
    const found = await this.find(runId);
    if (runId !== found.run.id) await this.helper(runId, found);
    const events = await this.parts.store.read(runStream(runId), { after, limit });
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

  /** The run, also for one of its helpers. */
  private async find(id: string): Promise<HelpedRun> {
    const { missions } = this.parts;
    const runId = runOfHelper(id) ?? id;
    const missionId = missionOfRun(runId);
    const [mission, live] = await Promise.all([missions.find(missionId), missions.live(missionId)]);
    const run = mission?.runs[runId];
    if (run === undefined) throw unknownRun(id);
    return { run, view: runView(missionId, run, live.get(runId)) };
  }

  private async helper(id: string, { run, view }: HelpedRun): Promise<RunView> {
    const [first] = await this.parts.store.read(runStream(id), { limit: 1 });
    if (first === undefined) throw unknownRun(id);
    return helperView(id, first, { run, view });
  }
}

interface HelpedRun {
  readonly run: RunState;
  readonly view: RunView;
}

/** A helper works inside its run: under its lease, out of its slice. */
function helperView(id: string, first: EventEnvelope, { run, view }: HelpedRun): RunView {
  const { missionId, subject, attempt, token, claims, releases } = view;
  const used = run.helpers?.find((helper) => helper.id === id);
  return {
    ...{ id, missionId, subject, attempt, token, claims, releases },
    ...{ helperOf: run.id, role: roleOf(first), task: 'helper', status: 'helper' },
    ...{ sliceUsd: 0, waitingForLock: false, startedAt: first.occurredAt },
    ...present({ usage: used?.usage, model: used?.model }),
  };
}

function roleOf({ actor }: EventEnvelope): string {
  return actor.role ?? 'researcher';
}

/** `m-7f3k2a-r3` of `m-7f3k2a-r3.1.call.0`; undefined of the run itself. */
function runOfHelper(id: string): string | undefined {
  const dot = id.indexOf('.');
  return dot === -1 ? undefined : id.slice(0, dot);
}

function unknownRun(runId: string): DomainError {
  return new DomainError('UNKNOWN_RUN', `There is no run ${runId}.`, { runId });
}
