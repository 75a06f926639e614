import {
  heldMs,
  median,
  p80,
  validatorOf,
  type Assertion,
  type Estimate,
  type FeatureDefinition,
  type MilestoneDefinition,
  type Mission,
  type RunState,
} from '@missions/mission';

/** What a plan is made of, as far as work goes: each kind of run is needed once or more for its unit. */
const works = {
  build: { role: 'worker', unit: 'features' },
  scrutiny: { role: 'scrutiny', unit: 'milestones' },
  user_testing: { role: 'user_testing', unit: 'drivenMilestones' },
  triage: { role: 'orchestrator', unit: 'milestones' },
} as const;

type Work = keyof typeof works;
type Units = Readonly<Record<(typeof works)[Work]['unit'], number>>;

interface RunSample {
  readonly work: Work;
  readonly model: string | undefined;
  /** Undefined when a call of it had no price. */
  readonly usd: number | undefined;
  readonly min: number;
}

/** What a mission that was completed says about the cost of the next. */
export interface FinishedMission {
  readonly units: Units;
  readonly runs: readonly RunSample[];
}

/** The models that would be used now; where this is not known, runs of any model count. */
export type ModelsByRole = Readonly<
  Record<string, { readonly use: string; readonly priced: boolean } | undefined>
>;

export function finishedMission(mission: Mission): FinishedMission {
  return {
    units: unitsOf({
      features: Object.values(mission.features)
        .map(({ definition }) => definition)
        .filter(({ kind }) => kind !== 'fix'),
      milestones: Object.values(mission.milestones).map(({ definition }) => definition),
      assertions: Object.values(mission.assertions).map(({ definition }) => definition),
    }),
    runs: Object.values(mission.runs).flatMap(sampleOf),
  };
}

function sampleOf(run: RunState): readonly RunSample[] {
  const work = workOf(run);
  if (!work || !run.usage) return [];
  const { usage, model } = run;
  return [{ work, model, usd: usage.unpriced ? undefined : usage.costUsd, min: heldMs(run) / 60_000 }];
}

function workOf({ task, role, subject }: RunState): Work | undefined {
  if (task === 'build' || task === 'triage') return task;
  if (task !== 'validate' || subject.final === true) return undefined;
  return role === 'user_testing' ? 'user_testing' : 'scrutiny';
}

function unitsOf(plan: {
  readonly features: readonly FeatureDefinition[];
  readonly milestones: readonly MilestoneDefinition[];
  readonly assertions: readonly Assertion[];
}): Units {
  const driven = new Set(
    plan.assertions.filter((one) => validatorOf(one) === 'user_testing').map(({ id }) => id),
  );
  const withDriven = plan.milestones.filter(({ id }) =>
    plan.features.some(
      (one) => one.milestoneId === id && one.fulfils.some((assertion) => driven.has(assertion)),
    ),
  );
  return {
    features: plan.features.length,
    milestones: plan.milestones.length,
    drivenMilestones: withDriven.length,
  };
}

/**
 * What a proposed plan may cost, with its basis: what the same work took the models of now in finished missions of this
 * installation, else the planner's own numbers, else that nobody knows. Undefined while there is no plan.
 */
export function planEstimate(
  mission: Mission,
  { finished, models }: { readonly finished: readonly FinishedMission[]; readonly models: ModelsByRole },
): Estimate | undefined {
  const { proposal } = mission;
  if (!proposal || proposal.stage === 'open') return undefined;
  const units = unitsOf(proposal);
  const parts = (Object.keys(works) as Work[]).map((work) => partOf(work, units, { finished, models }));
  const known = parts.find(({ work }) => work === 'build')?.samples ?? [];
  const unpriced = [
    ...new Set(Object.values(models).flatMap((model) => (model?.priced === false ? model.use : []))),
  ];
  const note = unpriced.length === 0 ? '' : ` Unpriced: ${unpriced.join(', ')}.`;
  if (known.length > 0) return calibrated(parts, finished.length, note);
  const why =
    finished.length === 0
      ? 'No finished missions yet'
      : `No finished mission was built with ${models['worker']?.use ?? 'this model'} yet`;
  return { ...plannersNumbers(mission, units, why, note) };
}

interface Part {
  readonly work: Work;
  /** Expected runs of a plan of this size. */
  readonly runs: number;
  readonly model: string | undefined;
  readonly samples: readonly RunSample[];
}

function partOf(
  work: Work,
  planned: Units,
  { finished, models }: { readonly finished: readonly FinishedMission[]; readonly models: ModelsByRole },
): Part {
  const { role, unit } = works[work];
  const model = models[role]?.use;
  const all = finished.flatMap(({ runs }) => runs.filter((run) => run.work === work));
  const units = finished.reduce((sum, one) => sum + one.units[unit], 0);
  // A plan that goes well has nothing to settle; everything else it needs at least once.
  const rate = units === 0 || all.length === 0 ? (work === 'triage' ? 0 : 1) : all.length / units;
  const samples = model === undefined ? all : all.filter((run) => run.model === model);
  return { work, runs: planned[unit] * rate, model, samples };
}

function calibrated(parts: readonly Part[], missions: number, note: string): Estimate {
  const needed = parts.filter(({ runs }) => runs > 0);
  const counted = needed.filter(({ samples }) => samples.length > 0);
  const left = needed.filter(({ samples }) => samples.length === 0);
  const priced = counted.filter(({ samples }) => samples.some(({ usd }) => usd !== undefined));
  const usd = (of: typeof median): number =>
    priced.reduce(
      (sum, { runs, samples }) => sum + runs * (of(samples.flatMap((one) => one.usd ?? [])) ?? 0),
      0,
    );
  const texts = counted.map(
    ({ work, model, samples }) =>
      `${String(samples.length)} ${work}${model === undefined ? '' : ` by ${model}`}`,
  );
  const missing = left.map(({ work, model }) => `${work}${model === undefined ? '' : ` by ${model}`}`);
  return {
    runs: Math.round(needed.reduce((sum, { runs }) => sum + runs, 0)),
    ...(priced.some(({ work }) => work === 'build') && { costUsdLow: usd(median), costUsdHigh: usd(p80) }),
    minutes: counted.reduce(
      (sum, { runs, samples }) => sum + runs * (median(samples.map(({ min }) => min)) ?? 0),
      0,
    ),
    basis:
      `From ${String(missions)} finished ${missions === 1 ? 'mission' : 'missions'} of this installation (runs: ${texts.join(', ')}); ` +
      `median to 80th percentile, with as many attempts and fixes as there.` +
      (missing.length === 0 ? '' : ` Not counted, because none has finished yet: ${missing.join(', ')}.`) +
      note,
  };
}

function plannersNumbers({ proposal }: Mission, units: Units, why: string, note: string): Estimate {
  const own = proposal?.estimate;
  if (own) return { ...own, basis: `${why}; the planner's own numbers: ${own.basis}.${note}`.slice(0, 2000) };
  return {
    runs: units.features + units.milestones + units.drivenMilestones,
    basis: `${why}, and the planner gave no numbers: cost and time are unknown.${note}`,
  };
}
