import type { Problem } from '@missions/contracts';

type Evidence = NonNullable<Problem['evidence']>;
type Next = string | ((missionId: string, evidence: Evidence) => string);

/** The command to try after a refusal, with the mission it is about; undefined where none would help. */
export function nextCommand(
  { code, evidence = {} }: Pick<Problem, 'code' | 'evidence'>,
  missionId = 'ID',
): string | undefined {
  const next = nextCommands[code];
  return typeof next === 'function' ? next(missionId, evidence) : next;
}

/** `m-7f3k2a` of whatever names a mission: itself, one of its runs, one of its approvals. */
export function missionIdOf(id: string | undefined): string | undefined {
  return /^m-[a-z0-9]+/.exec(id ?? '')?.[0];
}

const show = (id: string): string => `missions show ${id}`;
const plan = (id: string): string => `missions plan ${id}`;
const contract = (id: string): string => `missions contract ${id}`;
const questions = (id: string): string => `missions questions ${id}`;
const initialise = (_id: string, { path }: Evidence): string =>
  `git init ${typeof path === 'string' ? path : 'PATH'}, or name another repository with --repo`;

const resourceNames =
  'name it as in port:/local/8080, env:/staging or path:/REPOSITORY/BRANCH/src; missions locks shows those in use';

const nextCommands: Readonly<Record<string, Next>> = {
  UNAUTHENTICATED: 'set MISSIONS_TOKEN, or run the command as the user who ran `missions up`',
  MISSION_NOT_FOUND: 'missions list',
  MISSION_OVER: (id) => `missions report ${id}`,
  VERSION_NOT_FOUND: show,
  NOT_PAUSABLE: show,
  NOT_RESUMABLE: show,
  NOT_AWAITING_APPROVAL: show,
  CONCURRENCY: show,
  UNKNOWN_RUN: (id) => `missions runs ${id}`,
  UNKNOWN_QUESTION: questions,
  QUESTION_CLOSED: questions,
  UNKNOWN_FEATURE: plan,
  FEATURE_NOT_OPEN: plan,
  UNKNOWN_ASSERTION: contract,
  UNKNOWN_SUBJECT: (id) => `missions report ${id}`,
  ALREADY_WAIVED: contract,
  UNKNOWN_APPROVAL: 'missions approvals',
  APPROVAL_PENDING: 'missions approvals',
  STALE_APPROVAL: (id) => `missions plan ${id}, then missions approve ${id}`,
  BUDGET_NOT_RAISED: (id) => `missions cost ${id}`,
  REPOSITORY_NOT_FOUND: initialise,
  NOT_A_REPOSITORY: initialise,
  REPOSITORY_DAMAGED: (_id, { path }) => `git -C ${typeof path === 'string' ? path : 'PATH'} fsck`,
  REMOTE_UNREACHABLE: 'git ls-remote URL',
  BRANCH_NOT_FOUND: (_id, { nearest }) =>
    `name a branch that is there with --base${typeof nearest === 'string' ? ` ${nearest}` : ''}`,
  DETACHED_HEAD: 'name the branch or commit to start from with --base',
  UNKNOWN_CLAIM: 'missions locks',
  CLAIM_ENDED: 'missions locks',
  CLAIM_GRANTED: 'missions locks',
  CLAIM_WAITING: 'missions locks',
  STALE_TOKEN: 'missions locks',
  UNKNOWN_NEGOTIATION: 'missions locks',
  UNKNOWN_LEDGER: 'missions locks',
  MALFORMED_RESOURCE: resourceNames,
  UNKNOWN_RESOURCE_KIND: resourceNames,
  MALFORMED_REQUEST: 'missions help COMMAND',
  MALFORMED_COMMAND: 'missions help COMMAND',
  BUS_NO_RESPONDERS: 'missions status',
  BUS_TIMEOUT: 'missions status',
  BUS_DISCONNECTED: 'missions status',
  OWNER_UNREACHABLE: 'missions status',
  STORE_UNAVAILABLE: 'missions status',
  FAULT: 'missions doctor',
};
