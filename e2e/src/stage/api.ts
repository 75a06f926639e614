import { randomUUID } from 'node:crypto';
import {
  cloudEventSchema,
  commandAcceptedSchema,
  eventTypeOf,
  missionViewSchema,
  planViewSchema,
  problemSchema,
  publicNameOf,
  reportViewSchema,
  type CloudEvent,
  type CommandAccepted,
  type MissionView,
  type PlanView,
  type ReportView,
} from '@missions/contracts';
import type { BudgetLimits } from '@missions/mission';
import { settle, type Acknowledged } from '@missions/testing';

/** A refusal of the API with its stable code. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
    this.name = 'Refused';
  }
}

const ANSWER_LIMIT_MS = 10_000;
const PATIENCE_MS = 60_000;
const OVER = ['completed', 'failed', 'cancelled'];

/** Mission Control's API as a patient client uses it; keeps what it was told, for the checker. */
export class Api {
  readonly acknowledged: Acknowledged[] = [];

  constructor(
    readonly url: string,
    readonly token: string,
  ) {}

  async create(mission: {
    readonly goal: string;
    readonly repository: string;
    readonly base?: string;
    readonly budget?: Partial<BudgetLimits>;
    readonly acceptDefaults?: boolean;
    readonly integration?: 'shared' | 'isolated';
    readonly stance?: 'greedy' | 'neutral' | 'yielding';
  }): Promise<string> {
    return (await this.command('/v1/missions', mission)).missionId;
  }

  /** Of one mission: `answers`, `approval`, `pause`, … */
  ask(missionId: string, what: string, body: unknown = {}): Promise<CommandAccepted> {
    return this.command(`/v1/missions/${missionId}/${what}`, body);
  }

  /** Repeated under one idempotency key until it is answered. */
  async command(path: string, body: unknown): Promise<CommandAccepted> {
    const key = randomUUID();
    const answer = await this.#patiently({ method: 'POST', path, body, key });
    const accepted = commandAcceptedSchema.loose().parse(JSON.parse(answer));
    this.acknowledged.push({ missionId: accepted.missionId, seq: accepted.seq });
    return accepted;
  }

  async mission(missionId: string): Promise<MissionView> {
    return missionViewSchema.parse(await this.get(`/v1/missions/${missionId}`));
  }

  async plan(missionId: string): Promise<PlanView> {
    return planViewSchema.parse(await this.get(`/v1/missions/${missionId}/plan`));
  }

  async report(missionId: string): Promise<ReportView> {
    return reportViewSchema.parse(await this.get(`/v1/missions/${missionId}/report`));
  }

  async events(missionId: string, after = 0): Promise<readonly CloudEvent[]> {
    const path = `/v1/events?mission=${missionId}&after=${String(after)}`;
    const text = await this.#patiently({ method: 'GET', path });
    return text
      .split('\n')
      .filter(Boolean)
      .map((line) => cloudEventSchema.parse(JSON.parse(line)));
  }

  /** The data of every fact of one type. */
  async facts<Data = Record<string, unknown>>(missionId: string, type: string): Promise<readonly Data[]> {
    const events = await this.events(missionId);
    return events
      .filter((event) => eventTypeOf(publicNameOf(event)) === type)
      .map(({ data }) => data as Data);
  }

  async get(path: string): Promise<unknown> {
    return JSON.parse(await this.#patiently({ method: 'GET', path }));
  }

  /** An answer that is no JSON. */
  text(path: string): Promise<string> {
    return this.#patiently({ method: 'GET', path });
  }

  /** What was kept under a digest, as text. */
  artifact(digest: string): Promise<string> {
    return this.#patiently({ method: 'GET', path: `/v1/artifacts/${digest}` });
  }

  /** Approves whatever plan is proposed, as soon as it is. */
  async approve(missionId: string, limitMs = PATIENCE_MS): Promise<string> {
    await this.until(missionId, ({ status }) => status === 'awaiting_approval', limitMs);
    const { hash = '' } = await this.plan(missionId);
    await this.ask(missionId, 'approval', { decision: 'approve', hash });
    return hash;
  }

  /** Resolves when the mission is as wanted; rejects at the limit, or at once when it is over without ever being so. */
  async until(
    missionId: string,
    wanted: (mission: MissionView) => boolean,
    limitMs = PATIENCE_MS,
  ): Promise<MissionView> {
    let over: MissionView | undefined;
    const found = await settle(
      async () => {
        const mission = await this.mission(missionId);
        if (wanted(mission)) return mission;
        if (OVER.includes(mission.status)) {
          over = mission;
          return mission;
        }
        throw new Error(
          `${missionId} is ${mission.status}: ${mission.headline.sentence} ${mission.block?.detail ?? ''}`,
        );
      },
      { limitMs },
    );
    if (over !== undefined) throw new Error(`${missionId} is ${over.status}: ${over.headline.sentence}`);
    return found;
  }

  /** Resolves with the next renewal of the mission's open run, which brings what its negotiator knows of the turns before. */
  async renewed(missionId: string): Promise<void> {
    const renewedAt = async (): Promise<string | undefined> =>
      (await this.mission(missionId)).now?.live?.renewedAt;
    const before = await renewedAt();
    await settle(async () => (await renewedAt()) !== before, { limitMs: PATIENCE_MS });
  }

  async #patiently(call: Call): Promise<string> {
    return settle(
      async () => {
        const { status, text } = await this.#send(call);
        if (status >= 500) throw new Error(`${call.path}: ${String(status)} ${text}`);
        return { status, text };
      },
      { limitMs: PATIENCE_MS },
    ).then(({ status, text }) => {
      if (status < 300) return text;
      const { code, detail } = problemSchema.parse(JSON.parse(text));
      throw new Refused(status, code, detail);
    });
  }

  async #send({ method, path, body, key }: Call): Promise<{ status: number; text: string }> {
    const answer = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.token}`,
        accept: path.startsWith('/v1/events') ? 'application/x-ndjson' : 'application/json',
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(key !== undefined && { 'idempotency-key': key }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
    });
    return { status: answer.status, text: await answer.text() };
  }
}

interface Call {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: unknown;
  readonly key?: string;
}
