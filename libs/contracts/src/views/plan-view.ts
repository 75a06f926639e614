import {
  assertionSchema,
  briefDraftSchema,
  estimateSchema,
  featureSchema,
  milestoneSchema,
  planOutlineSchema,
  waitingForShape,
  type Estimate,
  type FeatureState,
  type Mission,
} from '@missions/mission';
import { z } from 'zod';
import { present } from './run-view.ts';

export const featureViewSchema = z
  .strictObject({
    id: z.string(),
    title: z.string(),
    milestoneId: z.string(),
    kind: z.string(),
    status: z.string(),
    attempts: z.int(),
    fixesCharged: z.int(),
    headSha: z.string().optional(),
    filesChanged: z.array(z.string()),
    waitingFor: z.strictObject(waitingForShape).optional(),
    reason: z.string().optional(),
    definition: featureSchema,
  })
  .meta({ id: 'Feature' });

export type FeatureView = z.infer<typeof featureViewSchema>;

/** The plan that counts: the approved one, else the newest proposal. */
export const planViewSchema = z
  .strictObject({
    missionId: z.string(),
    revision: z.int(),
    stage: z.enum(['none', 'open', 'closed', 'baselined', 'returned', 'approved']),
    hash: z.string().optional(),
    approved: z.boolean(),
    returnedBecause: z.array(z.string()),
    brief: briefDraftSchema.optional(),
    outline: planOutlineSchema.optional(),
    milestones: z.array(milestoneSchema.extend({ features: z.array(featureViewSchema) })),
    assertions: z.array(
      z.strictObject({ definition: assertionSchema, baseline: z.string(), observed: z.string().optional() }),
    ),
    protected: z.array(z.string()),
    /** What it may cost, and how that is known; no part of what the hash covers. */
    estimate: estimateSchema.optional(),
  })
  .meta({ id: 'Plan' });

export type PlanView = z.infer<typeof planViewSchema>;

export function planView(mission: Mission, estimate?: Estimate): PlanView {
  const { proposal } = mission;
  const pending = proposal !== undefined && proposal.stage !== 'approved';
  const showsProposal = pending && mission.approvedHash === undefined;
  const hash = proposal?.hash ?? mission.approvedHash;
  return {
    missionId: mission.id,
    revision: proposal?.revision ?? 0,
    stage: proposal?.stage ?? 'none',
    approved: mission.approvedHash !== undefined,
    returnedBecause: [...(proposal?.returnedBecause ?? [])],
    ...present({
      hash,
      brief: mission.brief ?? proposal?.brief,
      outline: mission.outline ?? proposal?.outline,
      estimate,
    }),
    ...(showsProposal ? proposedParts(mission) : approvedParts(mission)),
  };
}

export function featureViews(mission: Mission): FeatureView[] {
  return Object.values(mission.features).map(featureView);
}

function featureView(feature: FeatureState): FeatureView {
  const { definition, status, attempts, fixesCharged, filesChanged, headSha, waitingFor, reason } = feature;
  const { id, title, milestoneId, kind } = definition;
  return {
    ...{ id, title, milestoneId, kind, status, attempts, fixesCharged, definition },
    filesChanged: [...filesChanged],
    ...present({ headSha, waitingFor, reason }),
  };
}

type Parts = Pick<PlanView, 'milestones' | 'assertions' | 'protected'>;

function proposedParts({ proposal }: Mission): Parts {
  const features = (proposal?.features ?? []).map((definition) =>
    featureView({
      definition,
      status: 'pending',
      attempts: 0,
      attemptsForgiven: 0,
      fixesCharged: 0,
      filesChanged: [],
    }),
  );
  return {
    milestones: withFeatures(proposal?.milestones ?? [], features),
    assertions: (proposal?.assertions ?? []).map((definition) => ({
      definition,
      baseline: proposal?.baseline[definition.id]?.result ?? 'not_run',
      ...present({ observed: proposal?.baseline[definition.id]?.observed }),
    })),
    protected: [...(proposal?.protected ?? [])],
  };
}

function approvedParts(mission: Mission): Parts {
  const milestones = Object.values(mission.milestones).map(({ definition }) => definition);
  return {
    milestones: withFeatures(milestones, featureViews(mission)),
    assertions: Object.values(mission.assertions).map(({ definition, baseline }) => ({
      definition,
      baseline,
    })),
    protected: [...mission.protected],
  };
}

function withFeatures(
  milestones: readonly z.infer<typeof milestoneSchema>[],
  features: readonly FeatureView[],
): PlanView['milestones'] {
  return milestones.map((milestone) => ({
    ...milestone,
    features: features
      .filter(({ milestoneId }) => milestoneId === milestone.id)
      .sort((left, right) => left.definition.order - right.definition.order),
  }));
}
