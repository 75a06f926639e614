import {
  apiRoutes,
  approvalViews,
  type ApprovalView,
  type AuditView,
  type BundlesView,
  type DiffView,
  type RunView,
  type TranscriptView,
} from '@missions/contracts';
import { isArtifactDigest, type ArtifactStore } from '@missions/event-store';
import { DomainError } from '@missions/kernel';
import { ARTIFACT_STORE } from '@missions/runtime';
import { Get, Inject, Param, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AuditLog } from '../../application/audit-log.ts';
import { EstimatePlans } from '../../application/estimate-plans.ts';
import { ReadMissions } from '../../application/read-missions.ts';
import { ReadRuns } from '../../application/read-runs.ts';
import { ReadWork } from '../../application/read-work.ts';
import { ApiController } from './api.controller.ts';
import { closedSignal } from './closed-signal.ts';

const diffSchema = apiRoutes['GET /v1/missions/:id/diff'].query;
const transcriptSchema = apiRoutes['GET /v1/runs/:id/transcript'].query;
const auditSchema = apiRoutes['GET /v1/audit'].query;

/** Runs, commits, artifacts, and what spans all missions. */
@ApiController()
export class WorkController {
  constructor(
    @Inject(ReadMissions) private readonly missions: ReadMissions,
    @Inject(EstimatePlans) private readonly estimates: EstimatePlans,
    @Inject(ReadRuns) private readonly runs: ReadRuns,
    @Inject(ReadWork) private readonly work: ReadWork,
    @Inject(AuditLog) private readonly auditLog: AuditLog,
    @Inject(ARTIFACT_STORE) private readonly artifacts: ArtifactStore,
  ) {}

  @Get('v1/missions/:id/diff')
  async diff(
    @Param('id') id: string,
    @Query({ schema: diffSchema }) { feature }: { readonly feature?: string | undefined },
    @Req() request: FastifyRequest,
  ): Promise<DiffView> {
    return this.work.diff(await this.missions.mission(id), feature, closedSignal(request));
  }

  @Get('v1/missions/:id/bundles')
  async bundles(@Param('id') id: string): Promise<BundlesView> {
    return this.work.bundles(await this.missions.mission(id));
  }

  @Get('v1/approvals')
  async approvals(): Promise<ApprovalView[]> {
    const waiting = await this.missions.approvals();
    const views = waiting.map(async ({ mission, open }) =>
      approvalViews(mission, open, await this.estimates.of(mission)),
    );
    return (await Promise.all(views)).flat();
  }

  @Get('v1/runs/:id')
  run(@Param('id') id: string): Promise<RunView> {
    return this.runs.run(id);
  }

  @Get('v1/runs/:id/transcript')
  transcript(
    @Param('id') id: string,
    @Query({ schema: transcriptSchema }) page: { readonly after: number; readonly limit: number },
  ): Promise<TranscriptView> {
    return this.runs.transcript(id, page);
  }

  @Get('v1/audit')
  async audit(
    @Query({ schema: auditSchema }) { mission }: { readonly mission?: string | undefined },
    @Req() request: FastifyRequest,
  ): Promise<AuditView> {
    const signal = closedSignal(request);
    if (mission === undefined) return this.auditLog.all(signal);
    return this.auditLog.ofMission(await this.missions.mission(mission), signal);
  }

  /** Never shown in place: what agents and programs wrote is hostile to a browser. */
  @Get('v1/artifacts/:digest')
  async artifact(@Param('digest') digest: string, @Res() reply: FastifyReply): Promise<void> {
    const bytes = isArtifactDigest(digest) ? await this.artifacts.get(digest) : undefined;
    if (bytes === undefined)
      throw new DomainError('ARTIFACT_NOT_FOUND', `There is no artifact ${digest.slice(0, 80)}.`, {});
    await reply
      .headers({
        'content-disposition': `attachment; filename="${digest.slice(7, 19)}.bin"`,
        'x-content-type-options': 'nosniff',
        'content-security-policy': "sandbox; default-src 'none'",
        'cache-control': 'private, max-age=31536000, immutable',
      })
      .type('application/octet-stream')
      .send(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  }
}
