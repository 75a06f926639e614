import { z } from 'zod';
import { cloudEventSchema } from '../cloud-event.ts';
import { approvalViewSchema } from '../views/approval-view.ts';
import { contractViewSchema } from '../views/contract-view.ts';
import { costViewSchema } from '../views/cost-view.ts';
import { digestViewSchema } from '../views/digest-view.ts';
import { lockViewSchema } from '../views/lock-view.ts';
import { missionCardSchema } from '../views/mission-card.ts';
import { missionViewSchema } from '../views/mission-view.ts';
import { featureViewSchema, planViewSchema } from '../views/plan-view.ts';
import { reportViewSchema } from '../views/report-view.ts';
import { runViewSchema } from '../views/run-view.ts';
import { whyViewSchema } from '../views/why-view.ts';
import { messageViewSchema } from '../views/message-view.ts';
import { broadcastViewSchema, findingViewSchema, handoffViewSchema } from '../views/work-views.ts';
import * as bodies from './commands.ts';
import { lockRoutes } from './lock-routes.ts';
import {
  auditSchema,
  bundlesSchema,
  diffSchema,
  meSchema,
  readinessSchema,
  tokenListSchema,
  newTokenBodySchema,
  newTokenSchema,
  transcriptSchema,
} from './responses.ts';

/** What a person may do: each role may do everything the one before it may. */
export const apiRoles = ['viewer', 'operator', 'admin'] as const;
export type ApiRole = (typeof apiRoles)[number];

export interface ApiRoute {
  /** The least role that may use it; `public` needs no token at all. */
  readonly role: ApiRole | 'public';
  readonly summary: string;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  /** JSON of the answer; text and bytes are named by media type instead. */
  readonly response?: z.ZodType;
  readonly media?: readonly string[];
  readonly status?: 200 | 202;
}

const at = z.object({ at: z.coerce.number().int().positive().optional() });
const since = z.object({ since: z.coerce.number().int().nonnegative().default(0) });
const diffQuery = z.object({ feature: z.string().optional() });
const reportQuery = z.object({
  ...at.shape,
  /** `markdown` is the same as `md`. */
  format: z.enum(['json', 'md', 'markdown', 'html']).default('json'),
});
const exportQuery = z.object({ format: z.enum(['bundle']).default('bundle') });
const transcriptQuery = z.object({
  after: z.coerce.number().int().nonnegative().default(0),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});
export const eventsQuerySchema = z.object({
  /** SEQ with `mission`, else the opaque cursor of the feed. */
  after: z.string().max(100).optional(),
  mission: z.string().optional(),
  /** Public names, `*` stands for anything: `run.*`. */
  type: z.string().max(200).optional(),
  /** Goes on with what happens next; always so for server-sent events. */
  follow: z.stringbool().default(false),
});

const command = { role: 'operator', response: bodies.commandAcceptedSchema, status: 202 } as const;
const read = { role: 'viewer' } as const;

/**
 * Every route of the API: who may use it, what it takes, what it answers. The one authorization table and the source of
 * the OpenAPI document; a route without a row here is refused.
 */
export const apiRoutes = {
  'POST /v1/missions': { ...command, summary: 'Starts a mission', body: bodies.createMissionBodySchema },
  'GET /v1/missions': {
    ...read,
    summary: 'All missions, those that need somebody first',
    response: z.array(missionCardSchema),
  },
  'GET /v1/missions/:id': {
    ...read,
    summary: 'One mission at a glance',
    query: at,
    response: missionViewSchema,
  },
  'GET /v1/missions/:id/plan': {
    ...read,
    summary: 'The approved plan, else the newest proposal',
    query: at,
    response: planViewSchema,
  },
  'GET /v1/missions/:id/contract': {
    ...read,
    summary: 'Assertions, verdicts, evidence',
    query: at,
    response: contractViewSchema,
  },
  'GET /v1/missions/:id/features': {
    ...read,
    summary: 'Features and their state',
    query: at,
    response: z.array(featureViewSchema),
  },
  'GET /v1/missions/:id/runs': {
    ...read,
    summary: 'Runs, with live values of the one that is held',
    query: at,
    response: z.array(runViewSchema),
  },
  'GET /v1/missions/:id/handoffs': {
    ...read,
    summary: 'What workers claimed beside what was captured',
    query: at,
    response: z.array(handoffViewSchema),
  },
  'GET /v1/missions/:id/findings': {
    ...read,
    summary: 'What is held against the work, and how it was settled',
    query: at,
    response: z.array(findingViewSchema),
  },
  'GET /v1/missions/:id/broadcasts': {
    ...read,
    summary: 'Facts for many readers',
    query: at,
    response: z.array(broadcastViewSchema),
  },
  'GET /v1/missions/:id/messages': {
    ...read,
    summary: 'Messages of people and their answers',
    query: at,
    response: z.array(messageViewSchema),
  },
  'GET /v1/missions/:id/locks': {
    ...read,
    summary: 'Shared resources held or waited for',
    response: z.array(lockViewSchema),
  },
  'GET /v1/missions/:id/cost': {
    ...read,
    summary: 'Money and tokens by role, model, feature and task',
    query: at,
    response: costViewSchema,
  },
  'GET /v1/missions/:id/diff': {
    ...read,
    summary: 'What the mission, or one feature, changed',
    query: diffQuery,
    response: diffSchema,
  },
  'GET /v1/missions/:id/report': {
    ...read,
    summary: 'The report, with what was not proven',
    query: reportQuery,
    response: reportViewSchema,
    media: ['text/markdown', 'text/html'],
  },
  'GET /v1/missions/:id/why/:what': {
    ...read,
    summary: 'Why an assertion, feature, commit, finding or changed file is what it is',
    query: at,
    response: whyViewSchema,
  },
  'GET /v1/missions/:id/export': {
    ...read,
    summary: 'Report, evidence, patch, Git bundle and log in one archive',
    query: exportQuery,
    media: ['application/gzip'],
  },
  'GET /v1/missions/:id/digest': {
    ...read,
    summary: 'What changed since a version, in seven lines',
    query: since,
    response: digestViewSchema,
  },
  'GET /v1/missions/:id/bundles': {
    ...read,
    summary: 'The Git bundles that make up the mission’s branch',
    response: bundlesSchema,
  },
  'POST /v1/missions/:id/answers': {
    ...command,
    summary: 'Answers questions',
    body: bodies.answersBodySchema,
  },
  'POST /v1/missions/:id/approval': {
    ...command,
    summary: 'Approves or rejects the plan',
    body: bodies.approvalBodySchema,
  },
  'POST /v1/missions/:id/messages': {
    ...command,
    summary: 'Sends a message to the mission',
    body: bodies.messageBodySchema,
  },
  'POST /v1/missions/:id/pause': { ...command, summary: 'Pauses the mission', body: bodies.reasonBodySchema },
  'POST /v1/missions/:id/resume': {
    ...command,
    summary: 'Resumes the mission',
    body: bodies.reasonBodySchema,
  },
  'POST /v1/missions/:id/cancel': {
    ...command,
    summary: 'Cancels the mission',
    body: bodies.reasonBodySchema,
  },
  'POST /v1/missions/:id/budget': { ...command, summary: 'Raises the budget', body: bodies.budgetBodySchema },
  'POST /v1/missions/:id/waivers': {
    ...command,
    summary: 'Waives an assertion',
    body: bodies.waiverBodySchema,
  },
  'POST /v1/missions/:id/features/:feature/skip': {
    ...command,
    summary: 'Skips a feature',
    body: bodies.requiredReasonBodySchema,
  },
  'POST /v1/missions/:id/features/:feature/retry': {
    ...command,
    summary: 'Gives a feature new attempts',
    body: bodies.requiredReasonBodySchema,
  },
  'GET /v1/approvals': {
    ...read,
    summary: 'Everything that waits for a decision, over all missions',
    response: z.array(approvalViewSchema),
  },
  'POST /v1/approvals/:id': {
    ...command,
    summary: 'Decides an approval, named <mission>:<approval>',
    body: bodies.decisionBodySchema,
  },
  'GET /v1/events': {
    ...read,
    summary: 'Public events, as NDJSON or server-sent events',
    query: eventsQuerySchema,
    response: cloudEventSchema,
    media: ['application/x-ndjson', 'text/event-stream'],
  },
  'GET /v1/runs/:id': { ...read, summary: 'One run', response: runViewSchema },
  'GET /v1/runs/:id/transcript': {
    ...read,
    summary: 'The transcript of a run, page by page',
    query: transcriptQuery,
    response: transcriptSchema,
  },
  'GET /v1/artifacts/:digest': {
    ...read,
    summary: 'Stored bytes, always as an attachment',
    media: ['application/octet-stream'],
  },
  ...lockRoutes,
  'GET /v1/audit': {
    ...read,
    summary: 'Recomputes the hash chain of every stream, or of one mission’s',
    query: z.object({ mission: z.string().optional() }),
    response: auditSchema,
  },
  'GET /v1/me': { ...read, summary: 'Who the token belongs to', response: meSchema },
  'GET /v1/tokens': { role: 'admin', summary: 'Tokens, never their values', response: tokenListSchema },
  'POST /v1/tokens': {
    role: 'admin',
    summary: 'Makes a token; its value is shown once',
    body: newTokenBodySchema,
    response: newTokenSchema,
  },
  'DELETE /v1/tokens/:id': { role: 'admin', summary: 'Revokes a token', response: tokenListSchema },
  'GET /v1/openapi.json': { role: 'public', summary: 'This document', response: z.looseObject({}) },
  'GET /health/live': {
    role: 'public',
    summary: 'The process answers',
    response: z.looseObject({ alive: z.boolean() }),
  },
  'GET /health/ready': { role: 'public', summary: 'Work may be sent', response: readinessSchema },
  'GET /metrics': { role: 'public', summary: 'Measures for Prometheus', media: ['text/plain'] },
} as const satisfies Readonly<Record<string, ApiRoute>>;

export type ApiRouteKey = keyof typeof apiRoutes;

/** The row of a route, by method and path pattern; undefined refuses it. */
export function apiRouteOf(method: string, pattern: string): ApiRoute | undefined {
  const key = `${method} ${pattern}`;
  return Object.hasOwn(apiRoutes, key) ? apiRoutes[key as ApiRouteKey] : undefined;
}

export function mayUse(role: ApiRole, route: ApiRoute): boolean {
  return route.role === 'public' || apiRoles.indexOf(role) >= apiRoles.indexOf(route.role);
}
