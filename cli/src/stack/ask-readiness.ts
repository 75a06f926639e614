import { z } from 'zod';

/** What a service says of itself when it is asked whether work may be sent. */
export interface ServiceReadiness {
  readonly ready: boolean;
  /** `ready`, or what is wrong. */
  readonly detail: string;
}

const reportSchema = z.object({ checks: z.record(z.string(), z.string()) });

/** Longer than a service gives its own checks, 2 s: it can say what hangs. */
const ANSWER_LIMIT_MS = 3_000;

/** Never rejects: a service that says nothing within the limit is one that does not answer. */
export async function askReadiness(url: string, signal?: AbortSignal): Promise<ServiceReadiness> {
  const limit = AbortSignal.timeout(ANSWER_LIMIT_MS);
  try {
    const response = await fetch(`${url}/health/ready`, {
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
    });
    const said = await response.text();
    return response.ok ? { ready: true, detail: 'ready' } : { ready: false, detail: whatIsWrong(said) };
  } catch {
    return { ready: false, detail: 'does not answer' };
  }
}

/** The checks that did not hold; without any it has not come up yet, or is about to stop. */
function whatIsWrong(said: string): string {
  const report = reportSchema.safeParse(jsonOf(said));
  const failed = Object.entries(report.data?.checks ?? {}).filter(([, outcome]) => outcome !== 'ok');
  if (failed.length === 0) return 'is not ready';
  return failed.map(([name, outcome]) => `${name}: ${outcome}`).join('; ');
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
