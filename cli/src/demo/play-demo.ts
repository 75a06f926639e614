import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { MissionEventType } from '@missions/mission';
import { startStack, type Stack } from '../stack/index.ts';
import { DemoRepository } from './demo-repository.ts';
import { keepPlace, makePlace, removePlace, type DemoPlace } from './demo-place.ts';
import type { DemoOptions, DemoStep } from './demo-options.ts';
import { httpMissionClient } from './http-mission-client.ts';
import type { Narrator } from './narrator.ts';
import { reportText } from './report-text.ts';
import { Story, type Scene } from './story.ts';

export interface DemoSurroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly narrator: Narrator;
  readonly signal: AbortSignal;
  /** Resolves when the person wants to go on; used by `--pause-at`. */
  readonly untilContinued: () => Promise<void>;
}

const GOAL =
  'Make the to-do list usable: add, list and complete tasks in the terminal, and read and add them over HTTP.';

/** As `missions wait` exits: completed, blocked, over without success. */
const exitCodes: Readonly<Partial<Record<MissionEventType, number>>> = {
  MissionCompleted: 0,
  MissionBlocked: 11,
};

/** How the demo ended; further fields are for programs that read it. */
interface DemoEnd {
  readonly exitCode: number;
  readonly [field: string]: unknown;
}

/** Plays one whole mission and resolves to the exit code; whatever happens, nothing of it is left running. */
export async function playDemo(options: DemoOptions, surroundings: DemoSurroundings): Promise<number> {
  const { narrator } = surroundings;
  const place = await makePlace(options);
  const end = await playAt(place, options, surroundings).catch((error: unknown) =>
    failed(error, place, surroundings),
  );
  if (options.keep) {
    keepPlace(place);
    narrator.line(`Kept: ${place.directory} (state, repository, script)`);
  } else removePlace(place);
  narrator.end(end);
  return end.exitCode;
}

function failed(error: unknown, place: DemoPlace, { narrator, signal }: DemoSurroundings): DemoEnd {
  if (signal.aborted) return { exitCode: 130 };
  const reason = error instanceof Error ? error.message : String(error);
  narrator.line(`The demo failed: ${reason}`);
  narrator.block(logTails(place));
  return { exitCode: 1, error: reason };
}

async function playAt(
  place: DemoPlace,
  options: DemoOptions,
  surroundings: DemoSurroundings,
): Promise<DemoEnd> {
  const { env, narrator, signal } = surroundings;
  const begin = beginner(options, surroundings);
  await begin('start', 'Postgres, NATS and the services start');
  const repository = new DemoRepository(place.repository, env['PATH'] ?? '');
  const base = await repository.create();
  narrator.line(`A real repository was made at ${place.repository}, commit ${base.slice(0, 12)}`);
  const stack = await startStack({
    state: place.state,
    cwd: place.project,
    config: 'missions.config.yaml',
    env: scriptedEnvironment(env, place),
    port: 0,
    throwAway: true,
    longestRestartPauseMs: 200,
    say: narrator.line,
    signal,
  });
  try {
    return await playMission(place, repository, { ...surroundings, stack, begin });
  } finally {
    await stack.stop();
    narrator.line('The stack is stopped; nothing was left running');
  }
}

async function playMission(
  place: DemoPlace,
  repository: DemoRepository,
  parts: DemoSurroundings & Pick<Scene, 'begin'> & { readonly stack: Stack },
): Promise<DemoEnd> {
  const { narrator, stack, begin, signal } = parts;
  const client = httpMissionClient({ apiUrl: stack.apiUrl, token: stack.token, signal });
  await begin('scope', 'A mission begins: the orchestrator reads the repository and asks');
  const missionId = await client.create({ goal: GOAL, repository: place.repository });
  narrator.line(`Mission ${missionId}: ${GOAL}`);
  const end = await new Story({ client, stack, narrator, begin, signal }, missionId).play();
  await begin('report', 'The report');
  const report = await client.report(missionId);
  narrator.block(reportText(report));
  narrator.line(`git log main..missions/${missionId}`);
  narrator.block(await repository.log(`missions/${missionId}`));
  const audit = await client.audit();
  narrator.line(
    audit.ok
      ? `missions audit: the hash chains of ${String(audit.streams.length)} streams hold`
      : 'missions audit: a hash chain is broken',
  );
  const exitCode = audit.ok ? (exitCodes[end] ?? 10) : 1;
  return { exitCode, missionId, end, repository: place.repository, report };
}

function beginner(
  { pauseAt }: DemoOptions,
  { narrator, untilContinued }: DemoSurroundings,
): (step: DemoStep, title: string) => Promise<void> {
  return async (step, title) => {
    narrator.step(step, title);
    if (pauseAt === step) await untilContinued();
  };
}

/** No setting and no key of the person reaches a demo, so that it plays the same everywhere and calls nobody. */
function scriptedEnvironment(
  { PATH, HOME }: DemoSurroundings['env'],
  { project }: DemoPlace,
): DemoSurroundings['env'] {
  return { PATH, HOME, XDG_CONFIG_HOME: project };
}

const TAIL_LINES = 8;

function logTails({ state }: DemoPlace): string {
  const logs = join(state, 'logs');
  try {
    return readdirSync(logs)
      .filter((name) => name.endsWith('.log'))
      .map((name) => {
        const lines = readFileSync(join(logs, name), 'utf8').trimEnd().split('\n');
        return [`── ${name}`, ...lines.slice(-TAIL_LINES)].join('\n');
      })
      .join('\n');
  } catch {
    return 'No service has written a log.';
  }
}
