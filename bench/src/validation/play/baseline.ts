import { join } from 'node:path';
import type { BaselineRecord } from '@missions/mission';
import { driveRun, type PerformRun } from '@missions/runs';
import { RunWorld } from '@missions/runs/testing';
import { takeBaseline } from '@missions/validator/application';
import { PersonRepository } from '@missions/workspace/conformance';
import type { Product } from '../corpus/case.ts';
import { approvedHistory, proposedHistory, type Origin } from './history.ts';
import type { Stage } from './stage.ts';

/** A product's repository as a person has it, and what its contract's proofs did there. */
export interface Ground {
  readonly origin: Omit<Origin, 'missionId'>;
  readonly results: readonly BaselineRecord[];
}

/** Lays the product's repository out and takes the baseline there, once for all workers of the product. */
export async function prepareGround(stage: Stage, product: Product, signal: AbortSignal): Promise<Ground> {
  const origin = layOut(product, join(stage.directory, `${product.name}-repository`));
  const missionId = `m-${product.name}`;
  const world = await RunWorld.after(proposedHistory(product, { missionId, ...origin }));
  const { surroundings, leave } = await stage.place(`${product.name}-baseline`);
  try {
    const perform: PerformRun = (claimed) => takeBaseline(claimed, surroundings);
    await driveRun(world.host(), await world.delegation(), perform, signal);
  } finally {
    leave();
  }
  const results = await measured(world, product);
  approvedHistory(product, { missionId, ...origin }, results);
  return { origin, results };
}

async function measured(world: RunWorld, product: Product): Promise<readonly BaselineRecord[]> {
  const events = await world.store.read(`mission-${world.missionId}`);
  const results = events
    .filter(({ type }) => type === 'ContractAssertionBaselined')
    .map(({ data }) => {
      const { assertionId, result, observed, evidence } = data as BaselineRecord;
      return { assertionId, result, observed, evidence };
    });
  if (results.length > 0) return results;
  throw new Error(`No baseline of ${product.name} was taken: ${world.warnings.join('; ')}`);
}

function layOut({ base }: Product, path: string): Ground['origin'] {
  const person = PersonRepository.create(path);
  for (const [file, content] of Object.entries(base)) if (content !== undefined) person.write(file, content);
  return { repository: path, baseSha: person.commit('Begin') };
}
