import { isRefusal } from '@missions/kernel';
import type { Assertion, BaselineResult, ProofRecord, Verdict } from '@missions/mission';
import type { Checked } from './check-expectation.ts';
import { inCleanRoom } from './clean-room.ts';
import { breakOf, breakProduct, controlRecord, notInspected } from './negative-control.ts';
import { contractFilesOf, type ContractFile } from './contract-files.ts';
import { findHindrance } from './hindrance.ts';
import { impossibleProof } from './impossible-proof.ts';
import { inOrder } from './in-order.ts';
import { inspectCommit } from './inspection-proof.ts';
import { methodOf } from './proof-methods.ts';
import { ProofExecution } from './proof-execution.ts';
import type { BaselineRecord, Measurement, ProofParts, ProofSite, ProofWatcher } from './proof-site.ts';

const defaultConcurrency = 2;
const maxText = 4_000;

const verdictOf: Readonly<Record<Measurement['outcome'], Verdict>> = {
  met: 'pass',
  not_met: 'fail',
  hindered: 'inconclusive',
};

const baselineOf: Readonly<Record<Measurement['outcome'], BaselineResult>> = {
  met: 'already_passes',
  not_met: 'fails_as_expected',
  hindered: 'cannot_run',
};

/**
 * Decides assertions by executing their proofs: each in a clean checkout of exactly the commit, in a sandbox session of
 * its own, by the contract's own files. Nothing an agent says enters. Rejects when the signal aborts, when the commit is
 * unknown, and with the refusals of a host that has no sandbox or store (`SANDBOX_UNAVAILABLE`, `ENVIRONMENT`, …).
 */
export class ProofEngine {
  constructor(private readonly parts: ProofParts) {}

  /** The engine's verdict: pass, fail, or inconclusive when the proof itself could not be carried out. */
  async prove(assertion: Assertion, site: ProofSite): Promise<ProofRecord> {
    const { outcome, ...measured } = await this.measure(assertion, site);
    const record = {
      assertionId: assertion.id,
      targetSha: site.sha,
      verdict: verdictOf[outcome],
      ...measured,
    };
    const breaks = outcome === 'met' ? breakOf(assertion) : undefined;
    if (breaks === undefined) return record;
    return { ...record, control: controlRecord(await this.measure(assertion, site, breaks)) };
  }

  /** What the proof does on a commit that is not expected to meet it yet. */
  async baseline(assertion: Assertion, site: ProofSite): Promise<BaselineRecord> {
    const { outcome, observed, evidence } = await this.measure(assertion, site);
    return { assertionId: assertion.id, result: baselineOf[outcome], observed, evidence };
  }

  /** Several verdicts, a few at a time, in the order of the assertions. */
  proveAll(
    assertions: readonly Assertion[],
    site: ProofSite,
    watch: ProofWatcher = () => undefined,
  ): Promise<readonly ProofRecord[]> {
    return this.each(assertions, watch, async (assertion) => {
      const record = await this.prove(assertion, site);
      return { record, ended: record.verdict };
    });
  }

  baselineAll(
    assertions: readonly Assertion[],
    site: ProofSite,
    watch: ProofWatcher = () => undefined,
  ): Promise<readonly BaselineRecord[]> {
    return this.each(assertions, watch, async (assertion) => {
      const record = await this.baseline(assertion, site);
      return { record, ended: record.result };
    });
  }

  private each<Record>(
    assertions: readonly Assertion[],
    watch: ProofWatcher,
    work: (assertion: Assertion) => Promise<{ readonly record: Record; readonly ended: string }>,
  ): Promise<readonly Record[]> {
    return inOrder(assertions, this.parts.concurrency ?? defaultConcurrency, async (assertion) => {
      watch({ assertion, ended: undefined });
      const { record, ended } = await work(assertion);
      watch({ assertion, ended });
      return record;
    });
  }

  /** With `breaks`, of the variant of the product that this command makes of it. */
  private async measure(assertion: Assertion, site: ProofSite, breaks?: string): Promise<Measurement> {
    site.signal.throwIfAborted();
    const impossible = impossibleProof(assertion);
    if (impossible !== undefined) return hindered(impossible);
    try {
      if (assertion.proof.method === 'inspection')
        return breaks === undefined ? await this.inspect(assertion, site) : hindered(notInspected);
      const files = await contractFilesOf(assertion, this.parts.artifacts);
      return await this.measureTwiceAtMost({ assertion, files, breaks }, site);
    } catch (error) {
      site.signal.throwIfAborted();
      if (isRefusal(error) && hindrances.has(error.code))
        return hindered(this.parts.redactor.redact(error.message));
      throw error;
    }
  }

  private async inspect(assertion: Assertion, site: ProofSite): Promise<Measurement> {
    const { checked, ...captured } = await inspectCommit(this.parts, assertion, site);
    return this.measurement(checked, checked.undecided, captured);
  }

  /** A sandbox that fails once may have met a moment without memory; twice is a hindrance. */
  private async measureTwiceAtMost(proved: Proved, site: ProofSite): Promise<Measurement> {
    try {
      return await this.measureOnce(proved, site);
    } catch (error) {
      site.signal.throwIfAborted();
      if (!isRefusal(error) || !sandboxFaults.has(error.code)) throw error;
      return await this.measureOnce(proved, site);
    }
  }

  private measureOnce({ assertion, files, breaks }: Proved, site: ProofSite): Promise<Measurement> {
    return inCleanRoom(this.parts, site, { assertion, files }, async (session) => {
      const executionOf = () =>
        new ProofExecution(this.parts, assertion, site.services, session, site.signal);
      const broken = breaks === undefined ? undefined : await breakProduct(executionOf(), breaks);
      if (broken?.problem !== undefined) return { ...hindered(broken.problem), evidence: broken.evidence };
      const execution = executionOf();
      const checked = await methodOf(assertion)(execution);
      const { durationMs } = execution;
      const hindrance = checked.ok
        ? undefined
        : (checked.undecided ?? (await findHindrance(execution, files)));
      site.signal.throwIfAborted();
      const evidence = [...(broken?.evidence ?? []), ...execution.evidence];
      return this.measurement(checked, hindrance, { durationMs, evidence });
    });
  }

  private measurement(
    { ok, observed, expected }: Checked,
    hindrance: string | undefined,
    captured: Pick<Measurement, 'durationMs' | 'evidence'>,
  ): Measurement {
    const { redact } = this.parts.redactor;
    const seen = hindrance === undefined ? observed : `${hindrance}\n${observed}`;
    return {
      outcome: ok ? 'met' : hindrance === undefined ? 'not_met' : 'hindered',
      observed: redact(seen).slice(0, maxText).toWellFormed(),
      expected: redact(expected).slice(0, maxText).toWellFormed(),
      ...captured,
    };
  }
}

/** A proof on its way, of the product as it is or as it is after a command that breaks it. */
interface Proved {
  readonly assertion: Assertion;
  readonly files: readonly ContractFile[];
  readonly breaks: string | undefined;
}

const sandboxFaults = new Set(['SANDBOX_FAULT', 'SANDBOX_CLOSED']);
const hindrances = new Set([...sandboxFaults, 'CONTRACT_FILE_MISSING', 'TERMINAL_UNAVAILABLE']);

function hindered(observed: string): Measurement {
  return {
    outcome: 'hindered',
    observed: observed.slice(0, maxText),
    expected: 'the proof can be carried out',
    durationMs: 0,
    evidence: [],
  };
}
