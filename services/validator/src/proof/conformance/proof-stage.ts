import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { MemoryArtifactStore } from '@missions/event-store/memory';
import { createRedactor } from '@missions/kernel';
import { assertionSchema, type Assertion, type Evidence } from '@missions/mission';
import { PersonRepository, testSandbox } from '@missions/workspace/conformance';
import { GitMissionRepositories } from '@missions/workspace/git';
import { adoptWorkspace } from '@missions/workspace/sandbox';
import { ProofEngine } from '../proof-engine.ts';
import type { ProofParts, ProofSite } from '../proof-site.ts';

export const stageSecret = 'hunter2-is-the-secret';

/** A proof engine over a real sandbox and a real repository, for tests of one method of proof. */
export interface ProofStage {
  readonly parts: ProofParts;
  readonly engine: ProofEngine;
  /** The site of a commit that has the files besides those of the base, which has a README and what it is given. */
  readonly site: (
    files: Readonly<Record<string, string | Buffer>>,
    more?: Partial<ProofSite>,
    base?: Readonly<Record<string, string>>,
  ) => Promise<ProofSite>;
  readonly bytes: (evidence: readonly Evidence[], kind: string) => Promise<readonly Buffer[]>;
  /** What the evidence of one kind says, in order. */
  readonly evidence: (evidence: readonly Evidence[], kind: string) => Promise<readonly string[]>;
  readonly end: () => Promise<void>;
}

export async function proofStage(bwrap: string, stateDir: string): Promise<ProofStage> {
  const sandbox = await testSandbox(bwrap, stateDir);
  const { dir, user } = sandbox;
  const artifacts = new MemoryArtifactStore({ forbidden: [{ name: 'api-key', value: stageSecret }] });
  const parts: ProofParts = {
    sandbox: sandbox.provider,
    artifacts,
    redactor: createRedactor({ secrets: [{ name: 'api-key', value: stageSecret }] }),
    adopt: (directory) => adoptWorkspace(directory, user.uid),
    stateDir: dir,
  };
  const engine = new ProofEngine(parts);
  let made = 0;
  const site: ProofStage['site'] = async (files, more = {}, base = {}) => {
    const name = `product-${String((made += 1))}`;
    const person = PersonRepository.create(join(dir, name));
    person.write('README.md', '# A product\n');
    for (const [path, content] of Object.entries(base)) person.write(path, content);
    const baseSha = person.commit('Start');
    for (const [path, content] of Object.entries(files)) person.write(path, content);
    const sha = person.commit('Build it');
    const repositories = new GitMissionRepositories({ stateDir: join(dir, 'state'), scan: () => [] });
    const repository = await repositories.open({ missionId: `m-${name}`, source: person.path, baseSha: sha });
    const signal = AbortSignal.timeout(120_000);
    return { repository, sha, baseSha, contractProtected: [], services: [], signal, ...more };
  };
  const bytes: ProofStage['bytes'] = async (all, kind) => {
    const found = all.filter((item) => item.kind === kind);
    const kept = await Promise.all(
      found.map(({ artifact }) => artifacts.get(artifact as `sha256:${string}`)),
    );
    return kept.map((each) => Buffer.from(each ?? []));
  };
  const evidence: ProofStage['evidence'] = async (all, kind) =>
    (await bytes(all, kind)).map((each) => each.toString('utf8'));
  const end = async (): Promise<void> => {
    await sandbox.end();
    rmSync(dir, { recursive: true, force: true });
  };
  return { parts, engine, site, bytes, evidence, end };
}

export function stageAssertion(proof: object): Assertion {
  return assertionSchema.parse({
    id: 'VAL-A-001',
    statement: 'It holds.',
    proof: { timeoutSec: 30, ...proof },
  });
}
