import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Assertion, FindingDraft } from '@missions/mission';
import { restoreFromBase } from '../proof/protected-paths.ts';
import type { ProofSite } from '../proof/proof-site.ts';
import {
  isRunnerConfiguration,
  pairTests,
  roleOf,
  sourceFiles,
  wordsOf,
  type Change,
} from '../rules/index.ts';
import { testFinding } from './judge-tests.ts';
import type { CheckRun } from './check-run.ts';
import { failingTests } from './failing-tests.ts';

/** Whether the change touches what the base's own tests are made of, so that running them over the new code says something more. */
export function changesEarlierTests({ files }: Change): boolean {
  return files.some(
    ({ path, previousPath = path, status }) =>
      status !== 'added' && (isOfTests(previousPath) || /(?:^|\/)package\.json$/.test(path)),
  );
}

function isOfTests(path: string): boolean {
  return (
    roleOf(path) === 'test' || isRunnerConfiguration(path) || /(?:^|\/)(?:tests?|__tests__)\//.test(path)
  );
}

/** Lays the base's tests, their runner's configuration and the scripts that run them over a checkout of the new code. */
export async function layOutEarlierTests(checkout: string, site: ProofSite): Promise<void> {
  await restoreFromBase(checkout, site, isOfTests);
  const place = join(checkout, 'package.json');
  const here = manifestOf(await readFile(place, 'utf8').catch(() => ''));
  const found = await site.repository.readFile({ sha: site.baseSha, path: 'package.json' }, site.signal);
  const base = found?.kind === 'file' ? manifestOf(Buffer.from(found.content).toString('utf8')) : undefined;
  if (!here || !base) return;
  const earlier = Object.entries(base.scripts).filter(([name]) => /^(?:pre|post)?test(?:[:.-]|$)/.test(name));
  const scripts = { ...here.scripts, ...Object.fromEntries(earlier) };
  await writeFile(place, `${JSON.stringify({ ...here.manifest, scripts }, undefined, 2)}\n`);
}

function manifestOf(text: string) {
  try {
    const manifest: unknown = JSON.parse(text);
    if (typeof manifest !== 'object' || manifest === null) return undefined;
    const scripts =
      'scripts' in manifest && typeof manifest.scripts === 'object' ? { ...manifest.scripts } : {};
    return { manifest, scripts: scripts as Readonly<Record<string, unknown>> };
  } catch {
    return undefined;
  }
}

/**
 * Tests of the base that the new code fails, although a test of that name is still there: it was changed until it passed. A
 * change that the approved contract speaks of is what was asked for.
 */
export function judgeEarlierTests(
  { earlier, base }: { readonly earlier: CheckRun; readonly base: CheckRun },
  change: Change,
  assertions: readonly Assertion[],
): readonly FindingDraft[] {
  if (base.exitCode !== 0 || earlier.exitCode === 0) return [];
  const failing = new Set([...failingTests(earlier.output)].map(lastPart));
  const asked = wordsOf(JSON.stringify(assertions));
  const bent = pairTests(sourceFiles(change)).kept.flatMap(({ before, after }) => {
    if (before.test.name === '' || !failing.has(lastPart(before.test.name))) return [];
    const was = wordsOf(before.test.assertions.map(({ text }) => text).join('\n'));
    const is = wordsOf(after.test.assertions.map(({ text }) => text).join('\n'));
    const news = [...is].filter((word) => !was.has(word));
    return news.length > 0 && !news.every((word) => asked.has(word)) ? [{ ...after, news }] : [];
  });
  return bent.map(({ file, test, news }) => ({
    ...testFinding(earlier, {
      title: `The test "${test.name}" was changed to expect what the product does now`,
      why: `As it was on the base it fails, and the contract does not speak of ${news.join(', ')}.`,
      category: 'regression',
    }),
    location: `${file.path}:${String(test.line)}`,
  }));
}

/** Runners join the names of suites differently, or leave them out. */
function lastPart(name: string): string {
  return (
    name
      .split(/ (?:›|>) /)
      .at(-1)
      ?.trim() ?? name
  );
}
