import { DomainError } from '@missions/kernel';
import type { ProbeReport } from '../sandbox.ts';

/** What the probes of a provider said last; nothing is opened on a report that failed. */
export class KnownReport {
  private report: Promise<ProbeReport> | undefined;

  constructor(
    private readonly measure: (signal: AbortSignal) => Promise<ProbeReport>,
    /** What a failed report means, in one sentence without its end. */
    private readonly refusal: string,
  ) {}

  probe(signal: AbortSignal): Promise<ProbeReport> {
    const report = this.measure(signal);
    this.report = report;
    report.catch(() => (this.report = undefined));
    return report;
  }

  /** Rejects with `SANDBOX_UNAVAILABLE` and every probe that failed. */
  async requireOk(): Promise<void> {
    const unhurried = new AbortController().signal;
    const known = await (this.report ?? this.probe(unhurried));
    // Measured again, for a machine under load may have failed a probe by its time limit alone.
    const { ok, probes } = known.ok ? known : await this.probe(unhurried);
    if (ok) return;
    const failed = probes.filter((probe) => !probe.ok);
    const named = failed.map(({ name, detail }) => `${name} (${detail})`).join('; ');
    throw new DomainError('SANDBOX_UNAVAILABLE', `${this.refusal}: ${named}`, { failed });
  }
}
