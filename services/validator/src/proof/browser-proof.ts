import { isBrowserStep } from '@missions/mission';
import type { SandboxBrowser } from '@missions/workspace';
import { checkExpectation, type Checked } from './check-expectation.ts';
import { PageWalk } from './page-walk.ts';
import { driveProduct } from './product-services.ts';
import type { ProofExecution } from './proof-execution.ts';
import { redactedArchive } from './trace-archive.ts';

/**
 * `browser`: the set-up, the product's services, then each step on one page of a real browser; every page has to be as
 * expected. A browser that is missing or falls over is nothing the product did.
 */
export async function proveByBrowser(execution: ProofExecution): Promise<Checked> {
  // Opened first: a host without a browser is told before anything is said about the product.
  const browser = await execution.uncounted(
    execution.session.openBrowser({ trace: true, signal: execution.signal }),
  );
  const walk = new PageWalk(execution, browser);
  try {
    return (await execution.failedSetUp()) ?? (await driveProduct(execution, () => drive(execution, walk)));
  } finally {
    if (!execution.signal.aborted) await keepWalk(execution, { browser, walk });
  }
}

async function drive(execution: ProofExecution, walk: PageWalk): Promise<Checked> {
  const { command, expected, steps: all } = execution.assertion.proof;
  const steps = all.filter(isBrowserStep);
  const met: Checked[] = [];
  for (const [index, step] of steps.entries()) {
    const wanted = [step.expected ?? {}, ...(index === steps.length - 1 ? [expected] : [])];
    const checked = await walk.take(step, wanted);
    if (!checked.ok) return checked;
    met.push(checked);
  }
  if (command !== undefined) {
    const { ok, ...said } = checkExpectation(await execution.command('command', command), {});
    met.push({ ok, observed: `command: ${said.observed}`, expected: `command: ${said.expected}` });
  }
  return {
    ok: met.every(({ ok }) => ok),
    observed: met.map(({ observed }) => observed).join('\n'),
    expected: met.map(({ expected: wanted }) => wanted).join('\n'),
  };
}

/** What every step showed in one piece, and the trace where it can be kept. */
async function keepWalk(
  execution: ProofExecution,
  { browser, walk }: { readonly browser: SandboxBrowser; readonly walk: PageWalk },
): Promise<void> {
  const trace = await browser.close();
  if (walk.seen.length === 0) return;
  const pages = execution.redact(JSON.stringify(walk.seen, undefined, 2));
  await execution.keep(pages, 'application/json', { kind: 'page' });
  const redacted = trace && (await redactedArchive(trace, (text) => execution.redact(text)));
  if (redacted) await execution.keepBytes(redacted, 'application/zip', { kind: 'trace' });
}
