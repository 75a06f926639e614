import { auditStreams, type AuditSource } from '@missions/event-store';
import type { AuditView } from '@missions/contracts';
import { missionStream, runStream, type Mission } from '@missions/mission';
import { token } from '@missions/runtime';

export const AUDIT_SOURCE = token<AuditSource>('AUDIT_SOURCE');

/** Recomputes hash chains; nothing is trusted but the bytes in the table. */
export class AuditLog {
  constructor(private readonly source: AuditSource) {}

  all(signal: AbortSignal): Promise<AuditView> {
    return this.audit([undefined], signal);
  }

  /** The mission's own stream and those of its runs. */
  ofMission(mission: Mission, signal: AbortSignal): Promise<AuditView> {
    return this.audit([missionStream(mission.id), ...Object.keys(mission.runs).map(runStream)], signal);
  }

  private async audit(names: readonly (string | undefined)[], signal: AbortSignal): Promise<AuditView> {
    const streams: AuditView['streams'] = [];
    for (const stream of names) {
      const request = { source: this.source, signal, ...(stream !== undefined && { stream }) };
      for await (const found of auditStreams(request)) streams.push(found);
    }
    return { ok: streams.every(({ ok }) => ok), streams };
  }
}
