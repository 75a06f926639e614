import type { Actor } from '@missions/kernel';
import {
  handle,
  initialMission,
  missionCommandSchemas,
  noUsage,
  openRun,
  type BaselineRecord,
  type Conclusion,
  type Mission,
  type MissionCommand,
  type MissionCommandInput,
  type MissionEvent,
} from '@missions/mission';
import type { Product } from '../corpus/case.ts';

export const oneTurn = { ...noUsage, turns: 1, input: 100, output: 10 };

/** A mission as its facts tell it, and where they have led. */
export interface History {
  readonly facts: readonly MissionEvent[];
  readonly mission: Mission;
}

export interface Origin {
  readonly missionId: string;
  readonly repository: string;
  readonly baseSha: string;
}

const person: Actor = { kind: 'person', id: 'ana' };
const service: Actor = { kind: 'service', id: 'decide' };
const at = '2026-03-01T10:00:00.000Z';

/** The product's plan and contract have been proposed; the baseline is to be taken. */
export function proposedHistory({ proposal }: Product, { missionId, repository, baseSha }: Origin): History {
  const created = after({ facts: [], mission: initialMission }, person, {
    type: 'CreateMission',
    data: {
      missionId,
      goal: proposal.brief.goal,
      repository: { url: repository, kind: 'local', baseBranch: 'main', baseSha },
      acceptDefaults: true,
    },
  });
  return concluded(concluded(created, { kind: 'asked', questions: [] }), proposal);
}

/** As above, and the baseline was what was measured: the first feature is to be built. Throws what was wrong with the contract. */
export function approvedHistory(
  product: Product,
  origin: Origin,
  results: readonly BaselineRecord[],
): History {
  const history = concluded(proposedHistory(product, origin), { kind: 'baselined', results: [...results] });
  if (history.mission.status === 'running') return history;
  const odd = results.map(({ assertionId, result, observed }) => `${assertionId} ${result}: ${observed}`);
  throw new Error(`The contract of ${product.name} does not hold on its base.\n${odd.join('\n')}`);
}

function concluded(history: History, conclusion: Conclusion): History {
  const runId = openRun(history.mission)?.id ?? '';
  const held = after(history, service, { type: 'ClaimRun', data: { runId, holder: 'corpus' } });
  const token = openRun(held.mission)?.token ?? 0;
  const data = { runId, token, conclusion, usage: oneTurn };
  return after(held, service, { type: 'ConcludeRun', data });
}

function after({ facts, mission }: History, actor: Actor, { type, data }: MissionCommandInput): History {
  const command = { type, data: missionCommandSchemas[type].parse(data) } as MissionCommand;
  const happened = handle(command, mission, { actor, at });
  return { facts: [...facts, ...happened.events], mission: happened.mission };
}
