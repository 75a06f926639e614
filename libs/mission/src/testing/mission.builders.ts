import type { Actor } from '@missions/kernel';
import type { z } from 'zod';
import {
  missionCommandSchemas,
  type ConclusionOf,
  type MissionCommand,
  type MissionCommandOf,
  type MissionCommandType,
} from '../commands/index.ts';
import type { DecisionContext } from '../context.ts';
import { proposedSchema } from '../commands/index.ts';
import { noUsage, type Usage } from '../run.ts';

/** What the cases share: people, commits, a small brief with its plan and contract. Nothing in here is asserted upon. */
export const at = '2026-03-01T10:00:00.000Z';
export const missionId = 'm-demo1';
export const baseSha = 'b'.repeat(40);

export const ana: Actor = { kind: 'person', id: 'ana' };
export const decideService: Actor = { kind: 'service', id: 'decide' };
export const workerAgent: Actor = { kind: 'agent', id: 'worker-1', role: 'worker' };

export function by(actor: Actor, when = at): DecisionContext {
  return { actor, at: when };
}

export const oneTurn: Usage = { ...noUsage, turns: 1, input: 100, output: 10 };

export function spent(costUsd: number): Usage {
  return { ...oneTurn, costUsd };
}

/** The n-th commit of the story. */
export function sha(n: number): string {
  return n.toString(16).padStart(40, '0');
}

export function digest(n = 1): string {
  return `sha256:${n.toString(16).padStart(64, '0')}`;
}

type CommandInput<Type extends MissionCommandType> = z.input<(typeof missionCommandSchemas)[Type]>;

/** A command as it arrives: checked by its schema, defaults filled in. */
export function command<Type extends MissionCommandType>(
  type: Type,
  data: CommandInput<Type>,
): MissionCommandOf<Type> & MissionCommand {
  return { type, data: missionCommandSchemas[type].parse(data) } as MissionCommandOf<Type> & MissionCommand;
}

export function creation(over: Partial<CommandInput<'CreateMission'>> = {}): MissionCommand {
  return command('CreateMission', {
    missionId,
    goal: 'A list of tasks on the command line',
    repository: { url: '/repo', kind: 'local', baseBranch: 'main', baseSha },
    ...over,
  });
}

type ProposedInput = z.input<typeof proposedSchema>;
type AssertionInput = ProposedInput['contract']['assertions'][number];
type FeatureInput = ProposedInput['plan']['features'][number];

export function assertion(id: string, over: Partial<AssertionInput> = {}): AssertionInput {
  return {
    id,
    statement: `${id} holds`,
    traces: ['REQ-1'],
    proof: { method: 'command', command: `check ${id}`, expected: { stdout: 'so it is' } },
    ...over,
  };
}

export function feature(id: string, over: Partial<FeatureInput> = {}): FeatureInput {
  return { id, milestoneId: 'M1', title: `Feature ${id}`, ...over };
}

export const add = 'VAL-ADD-001';
export const everywhere = 'VAL-ALL-001';
export const served = 'VAL-API-001';
export const kept = 'VAL-OLD-001';

const request = { url: 'http://127.0.0.1:8080/tasks', expected: { status: 200 } };

/** Two milestones, three features, four assertions: one driven over http, one of the whole mission, one that held before. */
export function proposalInput(over: Partial<Omit<ProposedInput, 'kind'>> = {}): ProposedInput {
  return {
    kind: 'proposed',
    brief: {
      title: 'Tasks',
      goal: 'A list of tasks on the command line',
      requirements: [
        { id: 'REQ-1', text: 'Tasks can be added' },
        { id: 'REQ-2', text: 'Tasks can be read over http' },
      ],
    },
    plan: {
      services: [{ name: 'web', start: 'node web.js', port: 8080 }],
      milestones: [
        { id: 'M1', title: 'Core' },
        { id: 'M2', title: 'Polish' },
      ],
      features: [
        feature('F-001', { fulfils: [add, everywhere] }),
        feature('F-002', { fulfils: [served], dependsOn: ['F-001'] }),
        feature('F-003', { milestoneId: 'M2', fulfils: [kept] }),
      ],
    },
    contract: {
      assertions: [
        assertion(add),
        assertion(everywhere, { scope: 'mission', priority: 'critical' }),
        assertion(served, { traces: ['REQ-2'], proof: { method: 'http', steps: [request] } }),
        assertion(kept, { type: 'non_regression' }),
      ],
      protected: ['package.json'],
    },
    ...over,
  };
}

export function proposal(over: Partial<Omit<ProposedInput, 'kind'>> = {}): ConclusionOf<'proposed'> {
  return proposedSchema.parse(proposalInput(over));
}

/** One milestone, one feature, one assertion: for cases in which the shape of the plan is beside the point. */
export function smallProposal(over: Partial<FeatureInput> = {}): ConclusionOf<'proposed'> {
  const input = proposalInput();
  return proposedSchema.parse({
    ...input,
    brief: { ...input.brief, requirements: [{ id: 'REQ-1', text: 'Tasks can be added' }] },
    plan: {
      milestones: [{ id: 'M1', title: 'All' }],
      features: [feature('F-001', { fulfils: [add], ...over })],
    },
    contract: { assertions: [assertion(add)] },
  });
}
