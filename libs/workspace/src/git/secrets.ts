import { DomainError } from '@missions/kernel';
import type { SecretFoundEvidence } from '../mission-repository.ts';
import type { SecretScan } from '../secret-scan.ts';
import { readObjects } from './objects.ts';
import { ownWork, type Stretch } from './own-work.ts';
import type { Store } from './store.ts';

export type LocatedSecret = SecretFoundEvidence['findings'][number];

/** Looks into a file's content and into its name (line 0). */
export function secretsIn(scan: SecretScan, path: string, content: Uint8Array): readonly LocatedSecret[] {
  const text = Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString('utf8');
  return [
    ...scan(path, path).map(({ name }) => ({ file: '(a file name)', line: 0, name })),
    ...scan(path, text).map(({ line, name }) => ({ file: path, line, name })),
  ];
}

/** Names places, never values. */
export function secretFound(findings: readonly LocatedSecret[]): DomainError {
  const places = findings.slice(0, 10).map(({ file, line, name }) => `${file}:${line} (${name})`);
  const more = findings.length > 10 ? ` and ${findings.length - 10} more` : '';
  const [first] = findings;
  return new DomainError(
    'SECRET_FOUND',
    `A secret would be stored: ${places.join(', ')}${more}. Remove it.`,
    {
      file: first?.file,
      line: first?.line,
      name: first?.name,
      findings: findings.slice(0, 50),
    } satisfies SecretFoundEvidence & Record<string, unknown>,
  );
}

/** Scans everything a mission made itself in a range of commits: files, their names, and the messages. */
export async function scanOwnWork(
  store: Store,
  range: { readonly from: string; readonly to: string },
  signal?: AbortSignal,
): Promise<void> {
  const findings: LocatedSecret[] = [];
  for (const stretch of await ownWork(store, range, signal))
    findings.push(...(await secretsOf(store, stretch, signal)));
  if (findings.length > 0) throw secretFound(findings);
}

async function secretsOf(
  store: Store,
  { to, without }: Stretch,
  signal?: AbortSignal,
): Promise<readonly LocatedSecret[]> {
  const args = ['rev-list', '--objects', '--end-of-options', to, ...without.map((sha) => `^${sha}`)];
  const listing = await store.git.output(store, args, { signal });
  const names = new Map<string, string>();
  for (const line of listing.toString('utf8').split('\n')) {
    const space = line.indexOf(' ');
    if (line !== '')
      names.set(space < 0 ? line : line.slice(0, space), space < 0 ? '' : line.slice(space + 1));
  }
  const objects = await readObjects(store.git, store, [...names.keys()], signal);
  return objects.flatMap((object) => {
    if (object.type === 'blob') return secretsIn(store.scan, names.get(object.sha) ?? '', object.content);
    if (object.type === 'commit') return secretsIn(store.scan, '(a commit message)', object.content);
    return [];
  });
}
