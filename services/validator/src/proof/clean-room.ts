import { randomUUID } from 'node:crypto';
import { chmod, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Assertion } from '@missions/mission';
import type { SandboxSession } from '@missions/workspace';
import { layOutContract, type ContractFile } from './contract-files.ts';
import type { ProofParts, ProofSite } from './proof-site.ts';
import { restoreProtected } from './protected-paths.ts';

/** Where an assertion's own files lie inside, `<CONTRACT_DIR>/<assertion id>/`. */
export const contractDir = '/contract';

/** Kept of each stream of a command, and of an answer's body. */
const outputBytes = 1024 * 1024;

/** Runs `use` in a sandbox session over a fresh checkout of exactly the site's commit; nothing of it is left afterwards. */
export async function inCleanRoom<Result>(
  parts: ProofParts,
  site: ProofSite,
  proof: { readonly assertion: Assertion; readonly files: readonly ContractFile[] },
  use: (session: SandboxSession) => Promise<Result>,
): Promise<Result> {
  const id = `${proof.assertion.id.slice(0, 60)}-${randomUUID()}`;
  const room = await makeRoom(parts.stateDir, id);
  const checkout = join(room, 'checkout');
  try {
    await furnish(parts, site, { room, checkout, ...proof });
    const session = await parts.sandbox.openSession({
      id: `proof-${id}`,
      workspace: checkout,
      readOnlyMounts: [{ host: join(room, 'contract'), inside: contractDir }],
      env: { CONTRACT_DIR: contractDir },
      limits: { outputBytes },
      signal: site.signal,
    });
    try {
      return await use(session);
    } finally {
      await session.close();
    }
  } finally {
    await site.repository.removeWorkspace({ directory: checkout });
    await rm(room, { recursive: true, force: true });
  }
}

async function makeRoom(stateDir: string, id: string): Promise<string> {
  const rooms = join(stateDir, 'proofs');
  const room = join(rooms, id);
  await mkdir(room, { recursive: true });
  // The sandbox's user passes through, but cannot look around.
  for (const folder of [rooms, room]) await chmod(folder, 0o711);
  return room;
}

async function furnish(
  parts: ProofParts,
  site: ProofSite,
  {
    room,
    checkout,
    assertion,
    files,
  }: {
    readonly room: string;
    readonly checkout: string;
    readonly assertion: Assertion;
    readonly files: readonly ContractFile[];
  },
): Promise<void> {
  await site.repository.checkoutClean({ sha: site.sha, directory: checkout }, site.signal);
  await restoreProtected(checkout, site);
  await parts.adopt(checkout);
  if (site.layer) {
    if (!parts.layers) throw new Error('A dependency layer was named, but nothing can copy it.');
    await parts.layers.copyInto(site.layer, checkout);
  }
  await layOutContract(join(room, 'contract'), assertion.id, files);
}
