import { usageSchema, waitingForShape, type Mission, type RunState } from '@missions/mission';
import { z } from 'zod';
import { refusedCloseSchema } from './refused-close.ts';

/** Live values of a run that is held right now, from its lease: shown, never facts. */
export const liveRunSchema = z
  .strictObject({
    holder: z.string(),
    turn: z.int().optional(),
    lastLine: z.string().optional(),
    contextPct: z.number().optional(),
    costUsd: z.number().optional(),
    renewedAt: z.string(),
    /** When something of it moved last: a turn, a part of a reply, a line of a tool. */
    movedAt: z.string().optional(),
  })
  .meta({ id: 'LiveRun' });

export type LiveRunView = z.infer<typeof liveRunSchema>;

export const runViewSchema = z
  .strictObject({
    id: z.string(),
    missionId: z.string(),
    role: z.string(),
    task: z.string(),
    subject: z.strictObject({
      feature: z.string().optional(),
      milestone: z.string().optional(),
      round: z.int(),
      final: z.boolean().optional(),
    }),
    attempt: z.int(),
    status: z.string(),
    token: z.int(),
    claims: z.int(),
    releases: z.int(),
    holder: z.string().optional(),
    model: z.string().optional(),
    cause: z.string().optional(),
    detail: z.string().optional(),
    usage: usageSchema.optional(),
    sliceUsd: z.number(),
    fromSha: z.string().optional(),
    startedAt: z.string().optional(),
    endedAt: z.string().optional(),
    waitingForLock: z.boolean(),
    /** Who is in its way, at which place in the queue, since when. */
    waitingFor: z.strictObject(waitingForShape).optional(),
    /** Its holder is alive, but nothing of it has moved since; it is stopped after `limitMs`. */
    stalled: z
      .strictObject({ sinceAt: z.string(), limitMs: z.int(), lastLine: z.string().optional() })
      .optional(),
    stopOrdered: z.enum(['stall', 'lock_lost', 'hand_over']).optional(),
    /** Nobody has claimed it for too long. */
    unclaimed: z.strictObject({ sinceAt: z.string(), needs: z.string() }).optional(),
    live: liveRunSchema.optional(),
    refusedClose: refusedCloseSchema.optional(),
    /** The run it helps; of a helper alone. */
    helperOf: z.string().optional(),
    /** Where one run is asked for: its helpers, each a run of its own to look at. */
    helpers: z.array(z.string()).optional(),
  })
  .meta({ id: 'Run' });

export type RunView = z.infer<typeof runViewSchema>;

/** Live values by run id, as a service knows them at this moment. */
export type LiveRuns = ReadonlyMap<string, LiveRunView>;

export function runViews(mission: Mission, live: LiveRuns): readonly RunView[] {
  return Object.values(mission.runs).map((run) => runView(mission.id, run, live.get(run.id)));
}

export function runView(missionId: string, run: RunState, live?: LiveRunView): RunView {
  const { id, role, task, subject, attempt, status, token, claims, releases, sliceUsd } = run;
  const { holder, model, cause, detail, usage, fromSha, startedAt, endedAt, lock } = run;
  const { stalled, stopOrdered, unclaimed } = run;
  const alerts = { stalled, stopOrdered, unclaimed };
  const waitingFor = lock?.granted === false ? lock.waitingFor : undefined;
  const told = { ...alerts, live, waitingFor };
  const optional = { holder, model, cause, detail, usage, fromSha, startedAt, endedAt, ...told };
  return {
    ...{ id, missionId, role, task, subject, attempt, status, token, claims, releases, sliceUsd },
    waitingForLock: lock?.granted === false,
    ...present(optional),
  };
}

type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** The fields that have a value; absence and undefined are the same thing on the wire. */
export function present<T extends object>(fields: T): Present<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Present<T>;
}
