import { sentenceText, type CloudEvent } from '@missions/contracts';
import { delay } from '@missions/kernel';
import type { MissionEventData, MissionEventType } from '@missions/mission';
import type { Stack } from '../stack/index.ts';
import type { DemoStep } from './demo-options.ts';
import type { MissionClient } from './mission-client.ts';
import type { Narrator } from './narrator.ts';
import { planText } from './plan-text.ts';
import { factTypeOf, toldLine } from './told-events.ts';

/** What the story is played with. */
export interface Scene {
  readonly client: MissionClient;
  readonly stack: Pick<Stack, 'service' | 'servers'>;
  readonly narrator: Narrator;
  /** Says that a step begins, and waits there if somebody asked for it. */
  readonly begin: (step: DemoStep, title: string) => Promise<void>;
  readonly signal: AbortSignal;
}

type Reaction<Type extends MissionEventType> = (
  data: MissionEventData<Type>,
  event: CloudEvent,
) => Promise<void> | void;
type Reactions = { readonly [Type in MissionEventType]?: Reaction<Type> };

const POLL_MS = 100;
const STORY_LIMIT_MS = 240_000;
const ends: readonly (MissionEventType | undefined)[] = [
  'MissionCompleted',
  'MissionBlocked',
  'MissionFailed',
  'MissionCancelled',
];

/** The feature in the middle of which the worker dies, and the one after which the bus loses everything. */
const KILLED_FEATURE = 'F-003';
const LAST_FEATURE_BEFORE_WIPE = 'F-004';
const TURNS_BEFORE_KILL = 2;

/** Follows one mission as a person at the API would, from its first fact to its end, and makes trouble on the way. */
export class Story {
  readonly #scene: Scene;
  readonly #missionId: string;
  readonly #tokens = new Map<string, number>();
  #killed: string | undefined;

  constructor(scene: Scene, missionId: string) {
    this.#scene = scene;
    this.#missionId = missionId;
  }

  /** Resolves with the fact that ended the mission, or stopped it for a person. */
  async play(): Promise<MissionEventType> {
    const { client, narrator, signal } = this.#scene;
    const deadline = performance.now() + STORY_LIMIT_MS;
    for (let seen = 0; performance.now() < deadline;) {
      const events = await client.events(this.#missionId, seen);
      for (const event of events) {
        seen = event.sequence;
        const line = toldLine(event);
        if (line !== undefined) narrator.line(line);
        await this.#react(event);
        const type = factTypeOf(event);
        if (type !== undefined && ends.includes(type)) return type;
      }
      if (events.length === 0) await delay(POLL_MS, signal);
    }
    throw new Error(`The mission has not ended after ${String(STORY_LIMIT_MS / 1000)} s.`);
  }

  async #react(event: CloudEvent): Promise<void> {
    const type = factTypeOf(event);
    const reaction = type && (this.#reactions[type] as Reaction<MissionEventType> | undefined);
    await reaction?.(event.data as MissionEventData<MissionEventType>, event);
  }

  readonly #reactions: Reactions = {
    ScopingRoundClosed: async ({ ready }) => {
      if (!ready) await this.#answerQuestions();
    },
    ApprovalRequested: async ({ kind }) => {
      if (kind === 'plan') await this.#approve();
    },
    MilestoneStarted: async ({ milestoneId }) => {
      if (milestoneId === 'M1')
        await this.#scene.begin('build', 'Workers build it, one feature after another, each in a sandbox');
    },
    RunDelegated: async ({ runId, task, subject }) => {
      if (task === 'build' && subject.feature === KILLED_FEATURE && this.#killed === undefined)
        await this.#killWorker(runId);
    },
    RunClaimed: ({ runId }, { sequence }) => {
      this.#noteToken(runId, sequence);
    },
    MilestoneValidationStarted: async ({ round, final, milestoneId }) => {
      if (final)
        await this.#scene.begin('prove', 'The engine alone proves everything again at the final commit');
      else if (milestoneId === 'M1' && round === 1)
        await this.#scene.begin('validate', 'The contract is held against the work; the model only comments');
    },
    FindingRaised: async ({ findingId }) => {
      if (findingId === 'FIND-1')
        await this.#scene.begin(
          'fix',
          'An assertion failed: the findings are negotiated, and a fix is built',
        );
    },
    FeatureAccepted: async ({ featureId }) => {
      if (featureId === LAST_FEATURE_BEFORE_WIPE) await this.#wipeBus();
    },
  };

  async #answerQuestions(): Promise<void> {
    const { client, narrator } = this.#scene;
    const { questions } = await client.mission(this.#missionId);
    for (const { question } of questions.filter(({ state }) => state === 'open')) {
      const options = question.options.map(
        ({ id, label, consequence }) => `  ${id}: ${sentenceText(label)} ${consequence}`,
      );
      narrator.block([`${question.id} ${question.text}`, ...options].join('\n'));
      narrator.line('A person answers over the API: file');
      await client.answer(this.#missionId, { questionId: question.id, value: 'file' });
    }
  }

  async #approve(): Promise<void> {
    const { client, narrator, begin } = this.#scene;
    await begin('plan', 'A plan and a contract are proposed; a person reads and approves them');
    const plan = await client.plan(this.#missionId);
    narrator.block(planText(plan));
    const hash = plan.hash ?? '';
    narrator.line(`A person approves exactly this plan over the API: ${hash}`);
    await client.approve(this.#missionId, hash);
  }

  /** Waits until half of the work is recorded, then ends the worker's process without a warning. */
  async #killWorker(runId: string): Promise<void> {
    const { stack, narrator, begin, signal } = this.#scene;
    await begin('kill', `In the middle of ${KILLED_FEATURE} the worker's process is killed with -9`);
    const deadline = performance.now() + STORY_LIMIT_MS / 4;
    while ((await this.#turnsOf(runId)) < TURNS_BEFORE_KILL) {
      if (performance.now() > deadline) throw new Error(`${runId} did not begin.`);
      await delay(POLL_MS / 2, signal);
    }
    const worker = stack.service('worker');
    const pid = worker.pid();
    await worker.kill('SIGKILL');
    this.#killed = runId;
    narrator.line(
      `kill -9 ${String(pid)}: the worker is gone after turn ${String(TURNS_BEFORE_KILL)} of ${runId}`,
    );
  }

  async #turnsOf(runId: string): Promise<number> {
    const { entries } = await this.#scene.client.transcript(runId);
    return entries.filter(({ type }) => type === 'ToolResultsRecorded').length;
  }

  #noteToken(runId: string, token: number): void {
    const before = this.#tokens.get(runId);
    this.#tokens.set(runId, token);
    if (before === undefined) return;
    this.#scene.narrator.line(
      `Taken over: the new worker goes on with the same attempt, its fencing token is ${String(token)} instead of ${String(before)}`,
    );
  }

  async #wipeBus(): Promise<void> {
    const { stack, narrator, begin } = this.#scene;
    await begin('wipe', 'JetStream loses everything it holds; the log fills it again');
    await stack.servers.wipeNats();
    narrator.line('JetStream was wiped and is back, empty');
  }
}
