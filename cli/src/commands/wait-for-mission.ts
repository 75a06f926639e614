import { headlineText, type CloudEvent, type MissionView } from '@missions/contracts';
import { CliError } from '../cli-error.ts';
import { exitCodeOfMission, exitCodes, type ExitCode } from '../exit-codes.ts';
import { followEvents } from '../api/event-feed.ts';
import type { Connection } from '../session.ts';
import { plainLine } from '../terminal/terminal.ts';
import { money } from '../terminal/table.ts';

export interface WaitOptions {
  /** A status (`awaiting_approval`), or `needs-you`; without one: done, or a person is needed. */
  readonly for?: string | undefined;
  readonly timeoutS?: number | undefined;
  /** Shows each event instead of a line of progress. */
  readonly onEvents?: (events: readonly CloudEvent[]) => void;
  readonly after?: string | undefined;
}

/** Waits until the mission is where it should be, needs a person, or is over; answers the exit code that says which. */
export async function waitForMission(
  session: Connection,
  missionId: string,
  options: WaitOptions,
): Promise<ExitCode> {
  const limit = options.timeoutS === undefined ? undefined : AbortSignal.timeout(options.timeoutS * 1000);
  const signal = limit === undefined ? session.signal : AbortSignal.any([session.signal, limit]);
  try {
    return await follow(session, missionId, { ...options, signal });
  } catch (error) {
    if (limit?.aborted !== true || session.signal.aborted) throw error;
    const view = await look(session, missionId);
    session.terminal.say(`${missionId}: timed out after ${String(options.timeoutS)} s: ${sentenceOf(view)}`);
    answer(session, view);
    return exitCodes.timedOut;
  }
}

async function follow(
  session: Connection,
  missionId: string,
  { signal, ...options }: WaitOptions & { readonly signal: AbortSignal },
): Promise<ExitCode> {
  const { terminal, api } = session;
  const after =
    options.after ?? (options.onEvents ? undefined : String((await look(session, missionId)).seq));
  const feed = followEvents(api, {
    mission: missionId,
    after,
    signal,
    onReconnect: (pauseMs) => terminal.progress(`connection lost, trying again in ${String(pauseMs)} ms`),
  });
  let shown = Number(after ?? 0);
  // The first batch is empty: the mission is looked at once the events that follow cannot be missed.
  for await (const events of feed) {
    options.onEvents?.(events);
    shown = events.at(-1)?.sequence ?? shown;
    const view = await look(session, missionId);
    const exitCode = endOf(view, options.for);
    // Whoever watches is shown what led there, also when it was over before the first look.
    const complete = options.onEvents === undefined || shown >= view.seq;
    if (exitCode !== undefined && complete) return end(session, view, exitCode);
    if (!options.onEvents) terminal.progress(sentenceOf(view));
  }
  throw new CliError('The stream of events ended.', {
    code: 'NO_STREAM',
    next: `missions show ${missionId}`,
  });
}

function endOf(view: MissionView, wanted: string | undefined): ExitCode | undefined {
  const exitCode = exitCodeOfMission(view);
  if (wanted === undefined) return exitCode;
  if (view.status === wanted || (wanted === 'needs-you' && view.needsYou !== undefined)) return exitCodes.ok;
  // Only the end is final: a mission that needs somebody may be helped by somebody else.
  if (view.status === 'completed') return exitCodes.error;
  return exitCode === exitCodes.missionOver ? exitCode : undefined;
}

function end(session: Connection, view: MissionView, exitCode: ExitCode): ExitCode {
  if (!session.terminal.json) session.terminal.say(sentenceOf(view));
  answer(session, view);
  return exitCode;
}

function answer({ terminal }: Connection, view: MissionView): void {
  const { id, seq, status, headline, needsYou, block } = view;
  terminal.answer({ missionId: id, seq, status, headline, needsYou, block }, () => [
    `${id} ${headlineText(headline)}`,
    ...(headline.action === undefined ? [] : [`next: ${headline.action}`]),
  ]);
}

export function look({ api }: Connection, missionId: string): Promise<MissionView> {
  return api.get('GET /v1/missions/:id', { params: { id: missionId } });
}

/** `▶ running  F-002 Search  3/8 features  5/12 proven  $1.20` */
export function sentenceOf({ headline, features, assertions, spend, now }: MissionView): string {
  const parts = [
    headlineText(headline),
    headline.sentence,
    features.total > 0 ? `${String(features.done)}/${String(features.total)} features` : '',
    assertions.total > 0 ? `${String(assertions.pass)}/${String(assertions.total)} proven` : '',
    spend.usd > 0 ? money(spend.usd) : '',
    now?.live?.lastLine ?? '',
  ];
  return parts.filter(Boolean).map(plainLine).join('  ');
}
