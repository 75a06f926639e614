import { randomUUID } from 'node:crypto';
import {
  auditSchema,
  cloudEventSchema,
  commandAcceptedSchema,
  missionViewSchema,
  planViewSchema,
  problemSchema,
  reportViewSchema,
  transcriptSchema,
} from '@missions/contracts';
import { delay } from '@missions/kernel';
import type { z } from 'zod';
import type { MissionClient } from './mission-client.ts';

export interface HttpMissionClientOptions {
  readonly apiUrl: string;
  readonly token: string;
  readonly signal: AbortSignal;
}

const ANSWER_LIMIT_MS = 10_000;
/** How long a service that is down is waited for: faults are part of the demo. */
const PATIENCE_MS = 30_000;
const RETRY_MS = 200;

/** Drives missions by Mission Control's HTTP API, with one idempotency key per command over all its repeats. */
export function httpMissionClient(options: HttpMissionClientOptions): MissionClient {
  const get = async <Schema extends z.ZodType>(path: string, schema: Schema): Promise<z.output<Schema>> =>
    schema.parse(JSON.parse(await request(options, { method: 'GET', path })));
  const post = async (path: string, body: unknown): Promise<string> => {
    const answer = await request(options, { method: 'POST', path, body, key: randomUUID() });
    return commandAcceptedSchema.parse(JSON.parse(answer)).missionId;
  };
  return {
    create: (mission) => post('/v1/missions', mission),
    answer: async (missionId, answer) => {
      await post(`/v1/missions/${missionId}/answers`, { answers: [answer] });
    },
    approve: async (missionId, hash) => {
      await post(`/v1/missions/${missionId}/approval`, { decision: 'approve', hash });
    },
    mission: (missionId) => get(`/v1/missions/${missionId}`, missionViewSchema),
    plan: (missionId) => get(`/v1/missions/${missionId}/plan`, planViewSchema),
    transcript: (runId) => get(`/v1/runs/${runId}/transcript`, transcriptSchema),
    report: (missionId) => get(`/v1/missions/${missionId}/report`, reportViewSchema),
    audit: () => get('/v1/audit', auditSchema),
    events: async (missionId, after) => {
      const path = `/v1/events?mission=${missionId}&after=${String(after)}`;
      const lines = (await request(options, { method: 'GET', path })).split('\n');
      return lines.filter(Boolean).map((line) => cloudEventSchema.parse(JSON.parse(line)));
    },
  };
}

interface Call {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: unknown;
  readonly key?: string;
}

async function request(options: HttpMissionClientOptions, call: Call): Promise<string> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const { status, text } = await send(options, call);
    if (status >= 200 && status < 300) return text;
    // Below 500 the answer is final; 0 says that nobody answered.
    if ((status >= 400 && status < 500) || performance.now() > deadline)
      throw new Error(`${call.method} ${call.path}: ${explain(status, text)}`);
    await delay(RETRY_MS, options.signal);
  }
}

async function send(
  { apiUrl, token, signal }: HttpMissionClientOptions,
  { method, path, body, key }: Call,
): Promise<{ readonly status: number; readonly text: string }> {
  const limit = AbortSignal.timeout(ANSWER_LIMIT_MS);
  try {
    const answer = await fetch(`${apiUrl}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        accept: path.startsWith('/v1/events') ? 'application/x-ndjson' : 'application/json',
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(key !== undefined && { 'idempotency-key': key }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.any([signal, limit]),
    });
    return { status: answer.status, text: await answer.text() };
  } catch (error) {
    signal.throwIfAborted();
    return { status: 0, text: error instanceof Error ? error.message : String(error) };
  }
}

function explain(status: number, text: string): string {
  if (status === 0) return `no answer (${text})`;
  try {
    const problem = problemSchema.safeParse(JSON.parse(text));
    if (problem.success) return `${problem.data.code}: ${problem.data.detail}`;
  } catch {
    // Not a problem document: the text itself has to do.
  }
  return `${String(status)} ${text.slice(0, 400)}`;
}
