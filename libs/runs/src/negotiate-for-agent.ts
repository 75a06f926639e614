import { createHash } from 'node:crypto';
import type { ToolContext } from '@missions/agent';
import { delay, isRefusal } from '@missions/kernel';
import {
  askClaim,
  askedResource,
  claimedResources,
  coveringAsk,
  isInOwnClaim,
  missionStream,
  type AskMode,
  type AskState,
  type MissionCommandInput,
} from '@missions/mission';
import type { ClaimedRun } from './claimed-run.ts';

export interface AgentAsks {
  readonly resource: string;
  readonly mode: AskMode;
  readonly reason: string;
  readonly flexible?: boolean | undefined;
  readonly choose?: string | undefined;
}

type Call = Pick<ToolContext, 'turn' | 'callId' | 'signal'>;

/** How long one call waits for an answer; the claim keeps its place beyond it. */
const answerMs = 20_000;
/** Nobody need have told of a change for it to be seen. */
const lookMs = 1_000;

/** Asks for what other missions share, in the run's name; undefined where the run shares nothing with anybody. */
export function negotiateForAgent(
  claimed: ClaimedRun,
  limitMs = answerMs,
): ((wanted: AgentAsks, call: Call) => Promise<string>) | undefined {
  const { mission, run } = claimed;
  const feature = mission.features[run.subject.feature ?? ''];
  const shares = run.lock ?? (feature && claimedResources(mission, feature.definition).length > 0);
  if (mission.integration !== 'shared' && !shares) return undefined;
  return async (wanted, call) => {
    try {
      return await ask(claimed, wanted, { ...call, limitMs });
    } catch (error) {
      if (!isRefusal(error) || error.code === 'STALE_TOKEN') throw error;
      return `Refused (${error.code}): ${error.message}`;
    }
  };
}

async function ask(
  claimed: ClaimedRun,
  { resource: text, mode, reason, flexible, choose }: AgentAsks,
  call: Call & { readonly limitMs: number },
): Promise<string> {
  const { host, mission, run } = claimed;
  claimed.hasAsked = true;
  const resource = askedResource(mission, text);
  const present = (await claimed.latest()).runs[run.id] ?? run;
  if (isInOwnClaim(present, resource))
    return `Granted: ${resource} is yours already, as part of what this run was given.`;
  const known = coveringAsk(present, { resource, mode });
  const name = `${String(call.turn)}-${createHash('sha256').update(call.callId).digest('hex').slice(0, 8)}`;
  const claimId = known?.claimId ?? askClaim(run.id, name);
  const said = (what: string, command: MissionCommandInput): Promise<void> =>
    claimed.command(`negotiate/${String(run.token)}/${what}`, command);
  const held = { runId: run.id, token: run.token, claimId };
  if (!known)
    await said(name, {
      type: 'AskForResource',
      data: { ...held, resource, mode, reason: host.redactor.redact(reason).slice(0, 1_000) },
    });
  if (choose !== undefined) await said(`${name}/${choose}`, chosen(held, choose));
  const first = await answered(claimed, claimId, { ...call, isEnough: (state) => isAnswer(state, choose) });
  const [offer] = first?.offers ?? [];
  if (flexible !== true || choose !== undefined || !offer) return answerText(first, resource);
  await said(`${name}/${offer.proposalId}`, chosen(held, offer.proposalId));
  const then = await answered(claimed, claimId, {
    ...call,
    isEnough: (state) => isAnswer(state, offer.proposalId),
  });
  return answerText(then, resource);
}

function chosen(
  held: { readonly runId: string; readonly token: number; readonly claimId: string },
  proposalId: string,
): MissionCommandInput {
  return { type: 'ChooseOffer', data: { ...held, proposalId } };
}

/** How the claim stands once that is an answer, or when the time is up. */
async function answered(
  claimed: ClaimedRun,
  claimId: string,
  {
    signal,
    limitMs,
    isEnough,
  }: Call & { readonly limitMs: number; readonly isEnough: (state: AskState) => boolean },
): Promise<AskState | undefined> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    const { asks = [] } = (await claimed.latest()).runs[claimed.run.id] ?? {};
    const state = asks.find((one) => one.claimId === claimId);
    const leftMs = deadline - performance.now();
    if (!state || isEnough(state) || leftMs <= 0) return state;
    await changed(claimed, Math.min(leftMs, lookMs), signal);
  }
}

/** The mission was poked, or the time is up. */
async function changed({ host, mission }: ClaimedRun, ms: number, signal: AbortSignal): Promise<void> {
  const { promise: poked, resolve } = Promise.withResolvers<undefined>();
  const source = host.pokes.onPoke(({ stream }) => {
    if (stream === missionStream(mission.id)) resolve(undefined);
  });
  const given = new AbortController();
  try {
    await Promise.race([poked, delay(ms, AbortSignal.any([signal, given.signal]))]);
  } finally {
    given.abort();
    await source.stop();
  }
}

function isAnswer({ granted, refused, offers = [] }: AskState, choice: string | undefined): boolean {
  return granted || refused !== undefined || (choice === undefined && offers.length > 0);
}

function answerText(state: AskState | undefined, resource: string): string {
  if (!state) return `${resource} is not asked for any more; ask again if you still need it.`;
  const { granted, mode, token, refused, offers = [], chosen: choice, waitingFor } = state;
  if (granted)
    return `Granted: ${resource} (${mode}) is yours until this run ends or is paused. Token ${String(token ?? 0)}.`;
  if (refused)
    return `Refused (${refused.code}): ${refused.detail} Work without it, and say in your handoff what is left undone.`;
  if (choice === undefined && offers.length > 0) return offersText(offers);
  const agreed = choice === undefined ? '' : ' The offer you chose was passed on.';
  return `Not yet: ${whyNot(waitingFor ?? { resource })}.${agreed} You keep your place; go on with what does not need it, and call again later to see.`;
}

function whyNot({ resource, holder, behind, closedUntil }: NonNullable<AskState['waitingFor']>): string {
  if (behind !== undefined) return `${behind} is before you in the queue for ${resource}`;
  if (closedUntil !== undefined) return `${resource} is closed until ${closedUntil}`;
  return holder === undefined ? `${resource} is not free yet` : `${holder} has ${resource}`;
}

function offersText(offers: NonNullable<AskState['offers']>): string {
  const lines = offers.map(
    ({ proposalId, offer, expires }) => `- ${proposalId}: ${offer} (until ${expires})`,
  );
  return [
    'You may choose one of these: call again with the same resource, mode and reason, and its id as choose.',
    'Without a choice the soonest is taken shortly before it expires.',
    ...lines,
  ].join('\n');
}
