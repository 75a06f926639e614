import { randomUUID } from 'node:crypto';
import { chmod, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Assertion } from '@missions/mission';
import type { SandboxSession, SessionOptions } from '@missions/workspace';
import { layOutContract, type ContractFile } from './contract-files.ts';
import type { ProofParts, ProofSite } from './proof-site.ts';
import { restoreProtected } from './protected-paths.ts';
import { layOutWitness } from './witness/lay-out-witness.ts';

/** Where an assertion's own files lie inside, `<CONTRACT_DIR>/<assertion id>/`. */
export const contractDir = '/contract';

/** Kept of each stream of a command, and of an answer's body. */
const outputBytes = 1024 * 1024;

/** What a room is besides a fresh checkout of exactly the site's commit. */
export interface RoomRequest {
  /** Of the proof or the check that it is for. */
  readonly name: string;
  /** Called before anything runs; the room is a folder beside the checkout that the sandbox does not see. */
  readonly furnish?: (place: { readonly room: string; readonly checkout: string }) => Promise<void>;
  readonly session?: (room: string) => Pick<SessionOptions, 'readOnlyMounts' | 'env'>;
}

/** Runs `use` in a sandbox session over a fresh checkout of exactly the site's commit; nothing of it is left afterwards. */
export async function inRoom<Result>(
  parts: RoomParts,
  site: ProofSite,
  request: RoomRequest & { readonly use: (session: SandboxSession) => Promise<Result> },
): Promise<Result> {
  const id = `${request.name.slice(0, 60)}-${randomUUID()}`;
  const room = await makeRoom(parts.stateDir, id);
  const checkout = join(room, 'checkout');
  try {
    await site.repository.checkoutClean({ sha: site.sha, directory: checkout }, site.signal);
    await restoreProtected(checkout, site);
    await request.furnish?.({ room, checkout });
    await parts.adopt(checkout);
    await addLayer(parts, site, checkout);
    const session = await parts.sandbox.openSession({
      id: `proof-${id}`,
      workspace: checkout,
      limits: { outputBytes },
      signal: site.signal,
      ...request.session?.(room),
    });
    try {
      return await request.use(session);
    } finally {
      await session.close();
    }
  } finally {
    await site.repository.removeWorkspace({ directory: checkout });
    await rm(room, { recursive: true, force: true });
  }
}

export type RoomParts = Pick<ProofParts, 'sandbox' | 'layers' | 'adopt' | 'stateDir'>;

/** A room with the contract's own files beside the checkout, which nobody inside can change. */
export function inCleanRoom<Result>(
  parts: ProofParts,
  site: ProofSite,
  proof: { readonly assertion: Assertion; readonly files: readonly ContractFile[] },
  use: (session: SandboxSession) => Promise<Result>,
): Promise<Result> {
  return inRoom(parts, site, {
    name: proof.assertion.id,
    furnish: async ({ room }) => {
      await layOutContract(join(room, 'contract'), proof.assertion.id, proof.files);
      await layOutWitness(join(room, 'contract'));
    },
    session: (room) => ({
      readOnlyMounts: [{ host: join(room, 'contract'), inside: contractDir }],
      env: { CONTRACT_DIR: contractDir },
    }),
    use,
  });
}

async function makeRoom(stateDir: string, id: string): Promise<string> {
  const rooms = join(stateDir, 'proofs');
  const room = join(rooms, id);
  await mkdir(room, { recursive: true });
  // The sandbox's user passes through, but cannot look around.
  for (const folder of [rooms, room]) await chmod(folder, 0o711);
  return room;
}

async function addLayer(parts: RoomParts, { layer }: ProofSite, checkout: string): Promise<void> {
  if (!layer) return;
  if (!parts.layers) throw new Error('A dependency layer was named, but nothing can copy it.');
  await parts.layers.copyInto(layer, checkout);
}
