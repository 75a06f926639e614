import { chmod, lstat, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathPattern, type PathMatcher } from '@missions/agent-tools';
import type { FindingDraft } from '@missions/mission';
import type { CommittedFile, MissionRepository } from '@missions/workspace';
import { isRunnerConfiguration, namesFile } from '../rules/index.ts';
import type { ProofSite } from './proof-site.ts';

/** Whether a path is a protected one: named itself, inside a named folder, or matched by a glob. */
export function protectedMatcher(protectedPaths: readonly string[]): PathMatcher {
  const matchers = protectedPaths.map((entry) => {
    const plain = entry.replace(/^\.\//, '').replace(/\/$/, '');
    const matches = pathPattern(plain);
    return (path: string) => path === plain || path.startsWith(`${plain}/`) || matches(path);
  });
  return (path) => matchers.some((matches) => matches(path));
}

/** Makes the protected paths of a clean checkout exactly what the base commit has there, before anything runs in it. */
export async function restoreProtected(checkout: string, site: ProofSite): Promise<void> {
  const { repository, sha, baseSha, contractProtected, touches = [], signal } = site;
  if (sha === baseSha) return;
  const isProtected = protectedMatcher(contractProtected);
  const base = await repository.listFiles({ sha: baseSha }, signal);
  const runners = new Set(base.map(({ path }) => path).filter((path) => isRunnerConfiguration(path)));
  const isMeant = (path: string): boolean => touches.some((touched) => namesFile(touched, path));
  await restoreFromBase(checkout, site, (path) => isProtected(path) || (runners.has(path) && !isMeant(path)));
}

/** Makes the paths that match exactly what the base commit has there; what it does not have is taken away. */
export async function restoreFromBase(
  checkout: string,
  site: Pick<ProofSite, 'repository' | 'sha' | 'baseSha' | 'signal'>,
  matches: PathMatcher,
): Promise<void> {
  const { repository, sha, baseSha, signal } = site;
  const here = await repository.listFiles({ sha }, signal);
  const base = await repository.listFiles({ sha: baseSha }, signal);
  const blobs = new Map(base.map(({ path, blob, kind }) => [path, `${kind} ${blob}`]));
  const isSame = ({ path, kind, blob }: CommittedFile): boolean => blobs.get(path) === `${kind} ${blob}`;
  const same = new Set(here.filter(isSame).map(({ path }) => path));
  for (const { path } of here.filter((file) => matches(file.path) && !same.has(file.path)))
    await rm(join(checkout, path), { recursive: true, force: true });
  for (const file of base.filter(({ path }) => matches(path) && !same.has(path)))
    await layOut(checkout, file, site);
}

async function layOut(
  checkout: string,
  file: CommittedFile,
  site: Pick<ProofSite, 'repository' | 'baseSha' | 'signal'>,
): Promise<void> {
  const found = await site.repository.readFile({ sha: site.baseSha, path: file.path }, site.signal);
  if (!found || found.kind === 'submodule') return;
  const place = join(checkout, file.path);
  await makeParents(checkout, file.path);
  await rm(place, { recursive: true, force: true });
  if (found.kind === 'symlink') {
    await symlink(Buffer.from(found.content).toString('utf8'), place);
    return;
  }
  await writeFile(place, found.content, { flag: 'wx' });
  await chmod(place, found.kind === 'executable' ? 0o755 : 0o644);
}

/** A link or a file where the base has a folder gives way, so that nothing is written through it. */
async function makeParents(checkout: string, path: string): Promise<void> {
  let place = checkout;
  for (const part of dirname(path).split('/')) {
    if (part === '.') continue;
    place = join(place, part);
    const found = await lstat(place).catch(() => undefined);
    if (found?.isDirectory()) continue;
    await rm(place, { force: true });
    await mkdir(place, { mode: 0o755 });
  }
}

const shownFiles = 20;

/** What of the protected paths was changed since the base, as findings against the work: one for each entry. */
export async function protectedPathFindings(site: {
  readonly repository: Pick<MissionRepository, 'diff'>;
  readonly baseSha: string;
  readonly sha: string;
  readonly contractProtected: readonly string[];
  readonly signal: AbortSignal;
}): Promise<readonly FindingDraft[]> {
  const { repository, baseSha, sha, contractProtected, signal } = site;
  if (contractProtected.length === 0 || sha === baseSha) return [];
  const { files } = await repository.diff({ from: baseSha, to: sha, maxPatchBytes: 1 }, signal);
  return contractProtected.flatMap((entry): readonly FindingDraft[] => {
    const matches = protectedMatcher([entry]);
    const changed = files.filter(
      ({ path, previousPath }) => matches(path) || (previousPath !== undefined && matches(previousPath)),
    );
    const [first] = changed;
    if (!first) return [];
    const lines = changed.slice(0, shownFiles).map(({ path, status }) => `${status}: ${path}`);
    return [
      {
        severity: 'major',
        category: 'test_quality',
        title: `A protected path was changed: ${entry}`.slice(0, 400),
        detail: `The contract protects ${entry}; proofs use it as it is at the base commit.\n${lines.join('\n')}${changed.length > shownFiles ? '\n…' : ''}`,
        location: first.path,
        assertionIds: [],
        featureIds: [],
        suggestedFix: 'Restore it, or let a person amend the contract.',
      },
    ];
  });
}
