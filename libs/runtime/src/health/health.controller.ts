import { Controller, Get, Header, HttpCode, Inject, ServiceUnavailableException } from '@nestjs/common';
import { METRICS, READINESS } from '../nest/runtime-tokens.ts';
import type { Metrics } from './metrics.ts';
import type { Readiness, ReadinessReport } from './readiness.ts';

/** For supervisors and probes: alive (the process answers), ready (work may be sent), and its measures. */
@Controller()
export class HealthController {
  constructor(
    @Inject(READINESS) private readonly readiness: Readiness,
    @Inject(METRICS) private readonly metrics: Metrics,
  ) {}

  @Get('health/live')
  @HttpCode(200)
  live(): { readonly alive: true } {
    return { alive: true };
  }

  @Get('health/ready')
  async ready(): Promise<ReadinessReport> {
    const report = await this.readiness.report();
    if (!report.ready) throw new ServiceUnavailableException(report);
    return report;
  }

  @Get('metrics')
  @Header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
  async measures(): Promise<string> {
    return this.metrics.registry.metrics();
  }
}
