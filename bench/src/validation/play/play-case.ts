import {
  assertionsOfRun,
  isOver,
  openRun,
  unsettledFindings,
  type Conclusion,
  type Mission,
  type RunState,
} from '@missions/mission';
import { driveRun, type PerformRun } from '@missions/runs';
import { RunWorld } from '@missions/runs/testing';
import type { Surroundings } from '@missions/runtime';
import { validateMilestone } from '@missions/validator/application';
import type { Case } from '../corpus/case.ts';
import type { Ground } from './baseline.ts';
import { conclude, grantLock, handOff } from './case-world.ts';
import { approvedHistory } from './history.ts';
import type { Stage } from './stage.ts';
import { willingModel } from './willing-model.ts';

/** What a mission holds against its worker. */
export type Held = Mission['findings'][string];

/** How a case ended. */
export interface Played {
  /** `broken`: neither completed nor held back by anything that was found; the corpus or the harness is wrong. */
  readonly outcome: 'completed' | 'held_back' | 'broken';
  /** What stood against the worker, beside what a willing triage let pass. */
  readonly against: readonly Held[];
  readonly remarks: readonly Held[];
  /** Exit code of the project's own tests at the end of the work; undefined when they were not run. */
  readonly ownTests: number | undefined;
  readonly trouble: string;
  readonly seconds: number;
}

export interface Playing {
  readonly stage: Stage;
  readonly ground: Ground;
  /** `off`: whatever the worker claims is believed. */
  readonly validators: 'on' | 'off';
  readonly signal: AbortSignal;
}

let played = 0;

/** Plays the mission of one worker from its approved plan to its end, or to findings that somebody would have to fix. */
export async function playCase(one: Case, playing: Playing): Promise<Played> {
  const beganAt = performance.now();
  played += 1;
  const missionId = `m-case${String(played)}`;
  const { ground, stage } = playing;
  const { surroundings, leave } = await stage.place(missionId);
  try {
    const history = approvedHistory(one.product, { missionId, ...ground.origin }, ground.results);
    const world = await RunWorld.after(history);
    world.model = willingModel;
    for (let step = 0; step < maxRuns; step += 1)
      if (!(await playRun(world, one, { ...playing, surroundings }))) break;
    const seconds = (performance.now() - beganAt) / 1_000;
    return { ...(await outcomeOf(world)), seconds };
  } finally {
    leave();
  }
}

/** More than any case has, so that a mission that goes round in circles ends. */
const maxRuns = 30;

type OnPlace = Playing & { readonly surroundings: Surroundings };

/** One run of the mission; false when there is nobody left who could go on. */
async function playRun(world: RunWorld, one: Case, playing: OnPlace): Promise<boolean> {
  playing.signal.throwIfAborted();
  const mission = await world.mission();
  const run = openRun(mission);
  if (!run || isOver(mission) || mission.status === 'blocked') return false;
  await grantLock(world, run);
  switch (run.task) {
    case 'build':
      return build(world, one, { ...playing, run });
    case 'validate':
      await validate(world, mission, { ...playing, run });
      return world.warnings.length === 0;
    case 'triage':
      return letPass(world, mission, run);
    default:
      return false;
  }
}

type AtRun = OnPlace & { readonly run: RunState };

/** A fix is asked of nobody: the worker has said that it is done. */
async function build(world: RunWorld, one: Case, { surroundings, ground, run }: AtRun): Promise<boolean> {
  const work = one.works.find(({ featureId }) => featureId === run.subject.feature);
  if (!work) return false;
  await handOff(world, surroundings, { origin: ground.origin, work });
  return true;
}

async function validate(world: RunWorld, mission: Mission, playing: AtRun): Promise<void> {
  const { validators, surroundings, signal, run } = playing;
  if (validators === 'off') {
    await conclude(world, await believed(world, mission, run));
    return;
  }
  const perform: PerformRun = (claimed) => validateMilestone(claimed, surroundings);
  await driveRun(world.host(), await world.delegation(), perform, signal);
}

/** What the worker says is put where a measurement and its evidence belong. */
async function believed(world: RunWorld, mission: Mission, run: RunState): Promise<Conclusion> {
  const targetSha = mission.milestones[run.subject.milestone ?? '']?.targetSha ?? '';
  const claims = mission.handoffs.map(({ claim }) => claim.salientSummary).join('\n');
  const { digest } = await world.artifacts.put(Buffer.from(claims), { mediaType: 'text/plain' });
  const said = { verdict: 'pass' as const, observed: claims };
  const measured = {
    targetSha,
    expected: '',
    durationMs: 0,
    evidence: [{ kind: 'claim', artifact: digest }],
  };
  const ids = assertionsOfRun(mission, run);
  const proofs = ids.map((assertionId) => ({ assertionId, ...said, ...measured }));
  const results = ids.map((assertionId) => ({ assertionId, ...said, evidence: [], reproSteps: [] }));
  const report = { results, findings: [], summary: 'Believed.' };
  const whole = run.subject.final === true ? {} : { report };
  return { kind: 'validated', targetSha, proofs, checks: [], captured: [], ...whole };
}

/** A willing triage lets remarks pass; for all else it has nobody who would mend it, and gives up. */
async function letPass(world: RunWorld, mission: Mission, run: RunState): Promise<boolean> {
  const open = unsettledFindings(mission, run.subject.milestone ?? '');
  if (!open.every(isRemark)) return false;
  const items = open.map(({ id: item }) => ({
    item,
    choice: 'dismiss' as const,
    justification: 'A remark.',
  }));
  await conclude(world, { kind: 'settled', items });
  return true;
}

function isRemark({ source, finding }: Held): boolean {
  const isVerdict = source === 'failed_verdict' || source === 'inconclusive_verdict';
  return !isVerdict && (finding.severity === 'info' || finding.severity === 'minor');
}

async function outcomeOf(world: RunWorld): Promise<Omit<Played, 'seconds'>> {
  const mission = await world.mission();
  const held = Object.values(mission.findings);
  const against = held.filter((one) => !isRemark(one));
  const remarks = held.filter(isRemark);
  const completed = mission.status === 'completed';
  const outcome = completed ? 'completed' : against.length > 0 ? 'held_back' : 'broken';
  const trouble = world.warnings.join('; ') || `${mission.status} ${mission.block?.detail ?? ''}`;
  return { outcome, against, remarks, ownTests: await ownTestsOf(world), trouble };
}

interface Report {
  readonly checks?: readonly { readonly name: string; readonly exitCode?: number }[];
}

async function ownTestsOf(world: RunWorld): Promise<number | undefined> {
  const events = await world.store.read(`mission-${world.missionId}`);
  return events
    .filter(({ type }) => type === 'MilestoneReportReceived')
    .flatMap(({ data }) => (data as Report).checks ?? [])
    .findLast(({ name }) => name === 'tests')?.exitCode;
}
