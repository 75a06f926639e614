import { eventsOf, type Actor, type NewEvent } from '@missions/kernel';
import {
  handle,
  initialMission,
  missionCommandSchemas,
  missionStream,
  noUsage,
  openRun,
  runStream,
  type Conclusion,
  type Mission,
  type MissionCommand,
  type RunState,
} from '@missions/mission';
import type { PersonRepository } from '@missions/workspace/conformance';

interface Surroundings {
  readonly repository: PersonRepository;
  readonly baseSha: string;
  /** Digest of a stored artifact that serves as evidence. */
  readonly artifact: string;
}

interface PlayedAppend {
  readonly stream: string;
  readonly events: readonly NewEvent[];
}

const person: Actor = { kind: 'person', id: 'ana' };
const service: Actor = { kind: 'service', id: 'played' };
const usage = { ...noUsage, turns: 1, input: 100, output: 10, costUsd: 0.5 };

/** A mission played by its own rules, step by step, with the transcripts that its runs would leave. */
export class PlayedMission {
  readonly appends: PlayedAppend[] = [];
  #mission: Mission = initialMission;
  #commands = 0;
  #head: string;
  #atMs = Date.parse('2026-01-01T00:00:00.000Z');

  constructor(
    readonly id: string,
    readonly surroundings: Surroundings,
  ) {
    this.#head = surroundings.baseSha;
    const { repository, baseSha } = surroundings;
    this.#ask({
      type: 'CreateMission',
      data: {
        missionId: id,
        goal: 'Build it',
        repository: { url: repository.path, kind: 'local', baseBranch: 'main', baseSha },
        budget: { maxCostUsd: 20, sliceUsd: 2 },
      },
    });
  }

  get state(): Mission {
    return this.#mission;
  }

  get run(): RunState {
    const run = openRun(this.#mission);
    if (!run) throw new Error(`${this.id} has no open run; it is ${this.#mission.status}.`);
    return run;
  }

  plan(features: readonly string[]): void {
    this.#conclude({ kind: 'asked', questions: [] });
    this.#conclude(proposal(features));
    this.#conclude({
      kind: 'baselined',
      results: features.map((id) => ({
        assertionId: assertionOf(id),
        result: 'fails_as_expected',
        observed: 'exit code 1',
        evidence: [],
      })),
    });
    this.#ask({ type: 'ApprovePlan', data: { hash: this.#mission.proposal?.hash } });
  }

  startBuild(): void {
    this.#claim();
    this.#transcript('RunResumed', { token: this.run.token, holder: 'played' });
  }

  /** A commit as the supervisor makes it, handed off and accepted. */
  build(feature: string): void {
    this.startBuild();
    const { repository, artifact } = this.surroundings;
    repository.git('checkout', '--quiet', '-B', `missions/${this.id}`, this.#head);
    repository.write(`${feature}.txt`, `${this.id} built ${feature}.\n`);
    const { id, attempt, token } = this.run;
    const trailers = [
      `Mission: ${this.id}`,
      `Feature: ${feature}`,
      `Attempt: ${String(attempt)}`,
      `Run: ${id}`,
      `Fence: ${String(token)}`,
    ];
    const headSha = repository.commit(`Build ${feature}\n\n${trailers.join('\n')}`);
    repository.git('checkout', '--quiet', 'main');
    this.#close();
    this.#end({
      kind: 'handed_off',
      claim: { outcome: 'success', salientSummary: 'built', whatWasImplemented: [], whatWasLeftUndone: [] },
      captured: {
        baseSha: this.#head,
        headSha,
        bundle: artifact,
        filesChanged: [`${feature}.txt`],
        commandsRun: [],
      },
    });
    this.#head = headSha;
  }

  validate(): void {
    const results = this.#assertions.map((assertionId) => ({ assertionId, verdict: 'pass' as const }));
    this.#conclude({ ...this.#proofs(), report: { results } });
  }

  proveFinally(): void {
    this.#conclude(this.#proofs());
  }

  pauseAndResume(): void {
    const { id, token } = this.run;
    this.#ask({ type: 'PauseMission', data: {} });
    this.#send(service, `${id}/suspended`, { type: 'SuspendRun', data: { runId: id, token } });
    this.#atMs += 3_600_000;
    this.#ask({ type: 'ResumeMission', data: {} });
    this.startBuild();
  }

  get #assertions(): readonly string[] {
    return Object.keys(this.#mission.assertions);
  }

  #proofs() {
    const { artifact } = this.surroundings;
    return {
      kind: 'validated',
      targetSha: this.#head,
      proofs: this.#assertions.map((assertionId) => ({
        assertionId,
        targetSha: this.#head,
        verdict: 'pass',
        observed: 'exit code 0',
        expected: 'exit code 0',
        durationMs: 5,
        evidence: [{ kind: 'command', artifact, command: 'true', exitCode: 0 }],
      })),
      checks: [],
      captured: [],
    } as const;
  }

  #claim(): void {
    const { id, claims } = this.run;
    const holder = `played-${String(claims)}`;
    this.#send(service, `${id}/claim/${String(claims)}`, { type: 'ClaimRun', data: { runId: id, holder } });
  }

  #close(): void {
    this.#transcript('ToolResultsRecorded', {
      turn: 1,
      results: [{ callId: 'call_1', tool: 'hand_off', content: 'Accepted.', isError: false, closes: true }],
    });
  }

  #conclude(conclusion: unknown): void {
    this.#claim();
    this.#end(conclusion);
  }

  #end(conclusion: unknown): void {
    const { id, token } = this.run;
    const data = { runId: id, token, conclusion: conclusion as Conclusion, usage };
    this.#send(service, `${id}/1`, { type: 'ConcludeRun', data });
  }

  #ask(command: { readonly type: MissionCommand['type']; readonly data: unknown }): void {
    this.#commands += 1;
    this.#send(person, `${this.id}-command-${String(this.#commands)}`, command);
  }

  #send(
    actor: Actor,
    commandId: string,
    { type, data }: { readonly type: MissionCommand['type']; readonly data: unknown },
  ): void {
    const command = { type, data: missionCommandSchemas[type].parse(data) } as MissionCommand;
    const at = this.#now();
    const { events, mission } = handle(command, this.#mission, { actor, at });
    this.#mission = mission;
    const provenance = { occurredAt: at, actor, correlationId: this.id, causationId: commandId };
    this.appends.push({
      stream: missionStream(this.id),
      events: eventsOf<string, unknown>(commandId, events, provenance),
    });
  }

  #transcript(type: string, data: unknown): void {
    const { id, token } = this.run;
    const occurredAt = this.#now();
    const commandId = `${id}/${type}/${String(token)}`;
    const actor: Actor = { kind: 'agent', id, role: 'worker' };
    const provenance = { occurredAt, actor, correlationId: id, causationId: id, token };
    this.appends.push({ stream: runStream(id), events: eventsOf(commandId, [{ type, data }], provenance) });
  }

  #now(): string {
    this.#atMs += 1_000;
    return new Date(this.#atMs).toISOString();
  }
}

function assertionOf(feature: string): string {
  return `VAL-${feature.replace('F-', 'F')}-001`;
}

function proposal(features: readonly string[]): unknown {
  return {
    kind: 'proposed',
    brief: { title: 'Build it', goal: 'Build it', requirements: [{ id: 'REQ-1', text: 'It is built.' }] },
    plan: {
      milestones: [{ id: 'M1', title: 'All of it' }],
      features: features.map((id) => ({
        id,
        milestoneId: 'M1',
        title: `Build ${id}`,
        fulfils: [assertionOf(id)],
      })),
    },
    contract: {
      assertions: features.map((id) => ({
        id: assertionOf(id),
        statement: `${id} is there`,
        traces: ['REQ-1'],
        proof: { method: 'command', command: `test -f ${id}.txt`, expected: { exitCode: 0 } },
      })),
    },
  };
}
