import { z } from 'zod';
import type { Repository } from './brief.ts';
import type { Integration } from './integration.ts';
import { branchResource, claimedName, pathResource } from './resource-names.ts';
import type { WaitingFor } from './waiting.ts';

/** S: reading beside others; U: reading, and perhaps writing later; X: alone. */
export const askModeSchema = z.enum(['S', 'U', 'X']);
export type AskMode = z.infer<typeof askModeSchema>;

/** Why the agent of a run asks for more than its feature was planned to touch. */
export const askSchema = z.strictObject({ mode: askModeSchema, reason: z.string().min(1).max(1000) });

/** What a run asked for while it works, beside its own claim. */
export interface AskState {
  readonly claimId: string;
  readonly resource: string;
  readonly mode: AskMode;
  readonly reason: string;
  readonly granted: boolean;
  /** The version of the grant in its ledger. */
  readonly token?: number;
  readonly waitingFor?: WaitingFor;
  /** What holders would do, newest last; the run may choose one. */
  readonly offers?: readonly AskOffer[];
  readonly chosen?: string;
  /** It cannot be had. */
  readonly refused?: { readonly code: string; readonly detail: string };
}

export interface AskOffer {
  readonly negotiationId: string;
  readonly proposalId: string;
  readonly offer: string;
  readonly expires: string;
}

/** The claim of one call of a run's agent. */
export function askClaim(runId: string, name: string): string {
  return `${runId}/ask-${name}`;
}

export function isAskClaim(claimId: string): boolean {
  return /^m-[a-z0-9]+-r\d+\/ask-/.test(claimId);
}

/** So many things one run may ask for. */
export const mostAsks = 16;

/** What a run no longer has, since it was given back while nobody worked on it; its agent may ask again. */
export const givenBackCode = 'GIVEN_BACK';
/** The same, since it was given to another mission in exchange. */
export const exchangedCode = 'EXCHANGED';

export function isGivenBack({ refused }: AskState): boolean {
  return refused?.code === givenBackCode || refused?.code === exchangedCode;
}

/** From what others may share with a holder most to least. */
const strength: Readonly<Record<AskMode, number>> = { S: 0, U: 1, X: 2 };

type Wanted = Pick<AskState, 'resource' | 'mode'>;

/** Whether who has the one has the other with it: all of the resource, in no weaker mode. */
export function covers(one: Wanted, other: Wanted): boolean {
  return isWithin(other.resource, one.resource) && strength[one.mode] >= strength[other.mode];
}

/** What a run asked for, and may have, that is no less than this. */
export function coveringAsk(
  { asks = [] }: { readonly asks?: readonly AskState[] },
  wanted: Wanted,
): AskState | undefined {
  return asks.find((one) => !one.refused && covers(one, wanted));
}

/** Whether a run's own claim, which is for itself alone, holds it. */
export function isInOwnClaim(
  { lock }: { readonly lock?: { readonly granted: boolean; readonly resources: readonly string[] } },
  resource: string,
): boolean {
  return lock?.granted === true && lock.resources.some((held) => isWithin(resource, held));
}

function isWithin(resource: string, other: string): boolean {
  return resource === other || resource.startsWith(`${other}/`);
}

/** What of a mission says what its agents may ask for. */
interface Sharing {
  readonly integration: Integration;
  readonly repository?: Repository;
}

/** The name of what an agent asks for; a path of its own repository may be written without its kind. */
export function askedResource({ integration, repository }: Sharing, text: string): string {
  const isName = /^[a-z]+:/.test(text);
  if (isName || integration !== 'shared' || !repository) return claimedName(text);
  return pathResource(repository, text);
}

/** Why an agent may not ask for it; undefined when it may. */
export function faultOfAsk({ integration, repository }: Sharing, resource: string): string | undefined {
  if (/^(port|env|browser|pool):\/./.test(resource)) return undefined;
  const branch = integration === 'shared' && repository ? branchResource(repository) : undefined;
  if (branch !== undefined && (resource === branch || resource.startsWith(`${branch}/`))) return undefined;
  const hosts = 'port:/local/8080, env:/staging, browser:/local or pool:/local/gpu';
  return branch === undefined
    ? `Files of this mission are its own; what may be asked for is named like ${hosts}.`
    : `Name a file or directory of this repository by its path, such as src/api, or what hosts share, like ${hosts}.`;
}
