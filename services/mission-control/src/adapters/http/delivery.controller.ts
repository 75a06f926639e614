import { apiRoutes, reportContentSecurityPolicy, whyView, type WhyView } from '@missions/contracts';
import { DomainError } from '@missions/kernel';
import { Get, Inject, Param, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { ExportBundle } from '../../application/export-bundle.ts';
import { ReadMissions } from '../../application/read-missions.ts';
import { ReadReport } from '../../application/read-report.ts';
import { bundleArchive } from '../bundle-archive.ts';
import { ApiController } from './api.controller.ts';
import { closedSignal } from './closed-signal.ts';

const reportSchema = apiRoutes['GET /v1/missions/:id/report'].query;
const exportSchema = apiRoutes['GET /v1/missions/:id/export'].query;
const whySchema = apiRoutes['GET /v1/missions/:id/why/:what'].query;

/** What a mission hands over: its report, and why anything in it is so. */
@ApiController()
export class DeliveryController {
  constructor(
    @Inject(ReadMissions) private readonly missions: ReadMissions,
    @Inject(ReadReport) private readonly reports: ReadReport,
    @Inject(ExportBundle) private readonly bundles: ExportBundle,
  ) {}

  @Get('v1/missions/:id/report')
  async report(
    @Param('id') id: string,
    @Query({ schema: reportSchema }) { at, format }: z.infer<typeof reportSchema>,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const chronicle = await this.missions.chronicle(id, at);
    if (format === 'json') await reply.send(this.reports.view(chronicle));
    else if (format === 'html') await sendPage(reply, await this.reports.html(chronicle));
    else await reply.type('text/markdown; charset=utf-8').send(this.reports.markdown(chronicle));
  }

  @Get('v1/missions/:id/export')
  async export(
    @Param('id') id: string,
    @Query({ schema: exportSchema }) _query: z.infer<typeof exportSchema>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const bundle = await this.bundles.of(id, closedSignal(request));
    await reply
      .headers({
        'content-disposition': `attachment; filename="${bundle.missionId}.tar.gz"`,
        'x-content-type-options': 'nosniff',
        'cache-control': 'private, no-store',
      })
      .type('application/gzip')
      .send(bundleArchive(bundle));
  }

  @Get('v1/missions/:id/why/:what')
  async why(
    @Param('id') id: string,
    @Param('what') what: string,
    @Query({ schema: whySchema }) { at }: z.infer<typeof whySchema>,
  ): Promise<WhyView> {
    const view = whyView(await this.missions.chronicle(id, at), what);
    if (view !== undefined) return view;
    const subject = what.slice(0, 200);
    if (what.startsWith('VAL-'))
      throw new DomainError(
        'UNKNOWN_ASSERTION',
        `There is no assertion ${subject}; missions contract ${id} lists them.`,
        { assertionId: subject },
      );
    throw new DomainError(
      'UNKNOWN_SUBJECT',
      `${id} knows no assertion, feature, finding, commit or changed file ${subject}; a commit needs 7 digits that name only one.`,
      { subject },
    );
  }
}

/** A page full of what agents and programs wrote: an origin of its own, without scripts, forms or anything remote. */
function sendPage(reply: FastifyReply, page: string): FastifyReply {
  return reply
    .headers({
      'content-security-policy': `sandbox; ${reportContentSecurityPolicy}`,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'private, no-store',
    })
    .type('text/html; charset=utf-8')
    .send(page);
}
