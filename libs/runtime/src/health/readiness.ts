/** Something a service cannot do its work without; `check` rejects when it is not there now. */
export interface ReadinessCheck {
  readonly name: string;
  readonly check: (signal: AbortSignal) => Promise<void>;
}

export interface ReadinessReport {
  readonly ready: boolean;
  /** `ok`, or what is wrong. */
  readonly checks: Readonly<Record<string, string>>;
}

const checkLimitMs = 2000;

/** Whether work may be sent here: everything started, everything needed is there, and no stop has been asked for. */
export class Readiness {
  private readonly checks: ReadinessCheck[] = [];
  private started = false;

  constructor(private readonly stopSignal: AbortSignal) {}

  add(check: ReadinessCheck): void {
    this.checks.push(check);
  }

  markStarted(): void {
    this.started = true;
  }

  async report(): Promise<ReadinessReport> {
    const signal = AbortSignal.timeout(checkLimitMs);
    const results = await Promise.all(
      this.checks.map(async (one) => [one.name, await outcome(one, signal)] as const),
    );
    const ready = this.started && !this.stopSignal.aborted && results.every(([, result]) => result === 'ok');
    return { ready, checks: Object.fromEntries(results) };
  }
}

async function outcome({ check }: ReadinessCheck, signal: AbortSignal): Promise<string> {
  const limit = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => {
      reject(new Error(`no answer within ${checkLimitMs} ms`));
    });
  });
  try {
    await Promise.race([check(signal), limit]);
    return 'ok';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
