import {
  apiRoutes,
  broadcastViews,
  contractView,
  costView,
  digestView,
  featureViews,
  findingViews,
  handoffViews,
  lockViews,
  messageViews,
  missionView,
  planView,
  type ContractView,
  type CostView,
  type DigestView,
  type FeatureView,
  type LockView,
  type MissionCard,
  type MissionView,
  type PlanView,
  type RunView,
} from '@missions/contracts';
import type { StreamReader } from '@missions/event-store';
import type { Clock } from '@missions/kernel';
import { missionStream, type Mission } from '@missions/mission';
import { CLOCK, EVENT_STORE } from '@missions/runtime';
import { Get, Inject, Param, Query } from '@nestjs/common';
import { EstimatePlans } from '../../application/estimate-plans.ts';
import { ReadLocks } from '../../application/read-locks.ts';
import { ReadRuns } from '../../application/read-runs.ts';
import { ReadMissions } from '../../application/read-missions.ts';
import { LIVE_VALUES, type LiveValues } from '../../ports/live-values.ts';
import { ApiController } from './api.controller.ts';

const atSchema = apiRoutes['GET /v1/missions/:id'].query;
const sinceSchema = apiRoutes['GET /v1/missions/:id/digest'].query;

interface At {
  readonly at?: number | undefined;
}

/** What is known of missions, now or at a version (`?at=SEQ`). */
@ApiController()
export class MissionsController {
  constructor(
    @Inject(ReadMissions) private readonly missions: ReadMissions,
    @Inject(EstimatePlans) private readonly estimates: EstimatePlans,
    @Inject(ReadLocks) private readonly sharedLocks: ReadLocks,
    @Inject(ReadRuns) private readonly readRuns: ReadRuns,
    @Inject(LIVE_VALUES) private readonly liveValues: LiveValues,
    @Inject(EVENT_STORE) private readonly store: StreamReader,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get('v1/missions')
  all(): Promise<readonly MissionCard[]> {
    return this.missions.cards();
  }

  @Get('v1/missions/:id')
  async one(@Param('id') id: string, @Query({ schema: atSchema }) { at }: At): Promise<MissionView> {
    const [mission, live] = await Promise.all([this.missions.mission(id, at), this.missions.live(id, at)]);
    const estimate = await this.estimates.of(mission);
    const view = missionView(mission, {
      live,
      stale: this.missions.isStale(mission, live, this.clock.now()),
      estimate,
    });
    if (view.now === undefined || at !== undefined) return view;
    const [now = view.now] = await this.readRuns.withRefusals([view.now]);
    return { ...view, now };
  }

  @Get('v1/missions/:id/plan')
  async plan(@Param('id') id: string, @Query({ schema: atSchema }) { at }: At): Promise<PlanView> {
    const mission = await this.missions.mission(id, at);
    return planView(mission, await this.estimates.of(mission));
  }

  @Get('v1/missions/:id/contract')
  contract(@Param('id') id: string, @Query({ schema: atSchema }) at: At): Promise<ContractView> {
    return this.view(id, at, contractView);
  }

  @Get('v1/missions/:id/features')
  features(@Param('id') id: string, @Query({ schema: atSchema }) at: At): Promise<FeatureView[]> {
    return this.view(id, at, featureViews);
  }

  @Get('v1/missions/:id/runs')
  async runs(@Param('id') id: string, @Query({ schema: atSchema }) { at }: At): Promise<readonly RunView[]> {
    return this.readRuns.ofMission(await this.missions.mission(id, at), at);
  }

  @Get('v1/missions/:id/handoffs')
  handoffs(@Param('id') id: string, @Query({ schema: atSchema }) at: At): Promise<unknown> {
    return this.view(id, at, handoffViews);
  }

  @Get('v1/missions/:id/findings')
  findings(@Param('id') id: string, @Query({ schema: atSchema }) at: At): Promise<unknown> {
    return this.view(id, at, findingViews);
  }

  @Get('v1/missions/:id/broadcasts')
  broadcasts(@Param('id') id: string, @Query({ schema: atSchema }) at: At): Promise<unknown> {
    return this.view(id, at, broadcastViews);
  }

  @Get('v1/missions/:id/messages')
  messages(@Param('id') id: string, @Query({ schema: atSchema }) at: At): Promise<unknown> {
    return this.view(id, at, messageViews);
  }

  @Get('v1/missions/:id/cost')
  cost(@Param('id') id: string, @Query({ schema: atSchema }) at: At): Promise<CostView> {
    return this.view(id, at, costView);
  }

  @Get('v1/missions/:id/locks')
  async locks(@Param('id') id: string): Promise<LockView[]> {
    const mission = await this.missions.mission(id);
    const [leases, ledgers] = await Promise.all([
      this.liveValues.leases(),
      this.sharedLocks.ofMission(mission.id),
    ]);
    return lockViews(mission, leases, ledgers);
  }

  @Get('v1/missions/:id/digest')
  async digest(
    @Param('id') id: string,
    @Query({ schema: sinceSchema }) { since }: { readonly since: number },
  ): Promise<DigestView> {
    await this.missions.mission(id);
    return digestView(id, since, await this.store.read(missionStream(id), { after: since }));
  }

  private async view<View>(id: string, { at }: At, view: (mission: Mission) => View): Promise<View> {
    return view(await this.missions.mission(id, at));
  }
}
