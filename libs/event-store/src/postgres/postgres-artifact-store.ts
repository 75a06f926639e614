import type pg from 'pg';
import type { Secret } from '@missions/kernel';
import { checkedArtifact } from '../artifact-check.ts';
import {
  artifactDigest,
  type ArtifactDescription,
  type ArtifactDigest,
  type ArtifactStore,
  type PutOptions,
  type RunFence,
  type StoredArtifact,
} from '../artifact-store.ts';
import { notHeld } from '../fenced-artifacts.ts';
import { guardAgainst, type SecretGuard } from '../secret-guard.ts';
import { isConnectionLost } from './postgres-faults.ts';
import type { Statement } from '../prepared-text.ts';
import { poolSession, withFaults, type RunStatement } from './postgres-session.ts';

const CHUNK_BYTES = 1_048_576;

const PUT_ONE_CHUNK: Statement = {
  name: 'missions_artifact_put',
  text: `with fence as materialized (
      select case when $5::text is null then true else holds_run($5, $6::bigint) end as held
    ), added as (
      insert into artifact (digest, media_type, size) select $1, $2, $3::bigint from fence where held
      on conflict do nothing returning digest
    ), kept as (
      insert into artifact_chunk (digest, seq, bytes) select digest, 0, $4::bytea from added
    )
    select held from fence`,
};
const HELD: Statement = { name: 'missions_run_held', text: `select holds_run($1, $2::bigint) as held` };
const PUT_NAME = `insert into artifact (digest, media_type, size) values ($1, $2, $3) on conflict do nothing`;
const PUT_CHUNK = `insert into artifact_chunk (digest, seq, bytes) values ($1, $2, $3)`;
const GET_CHUNK: Statement = {
  name: 'missions_artifact_chunk',
  text: `select bytes from artifact_chunk where digest = $1 and seq = $2`,
};
const DESCRIBE: Statement = {
  name: 'missions_artifact_describe',
  text: `select media_type as "mediaType", size::integer as size from artifact where digest = $1`,
};

export interface PostgresArtifactStoreOptions {
  /** Values that must never be stored; see `SECRET_IN_ARTIFACT`. */
  readonly forbidden?: readonly Secret[];
}

/** Artifacts as rows of at most 1 MiB; the database checks them against their digest when they are committed. */
export class PostgresArtifactStore implements ArtifactStore {
  readonly #pool: pg.Pool;
  readonly #run: RunStatement;
  readonly #guard: SecretGuard;

  constructor(pool: pg.Pool, options: PostgresArtifactStoreOptions = {}) {
    this.#pool = pool;
    this.#run = poolSession(pool);
    this.#guard = guardAgainst(options.forbidden ?? []);
  }

  async put(bytes: Uint8Array, { mediaType, fence }: PutOptions): Promise<StoredArtifact> {
    const artifact = checkedArtifact(bytes, this.#guard);
    const name = [artifact.digest, mediaType, artifact.size];
    if (artifact.size <= CHUNK_BYTES) {
      const values = [...name, Buffer.from(bytes), fence?.runId, fence?.token];
      requireHeld(fence, await withFaults(this.#run<Held>(PUT_ONE_CHUNK, values)));
    } else if (await this.has(artifact.digest)) {
      if (fence) requireHeld(fence, await withFaults(this.#run<Held>(HELD, [fence.runId, fence.token])));
    } else {
      await withFaults(this.#putChunks(name, Buffer.from(bytes), fence));
    }
    return artifact;
  }

  async get(digest: ArtifactDigest): Promise<Uint8Array | undefined> {
    const description = await this.describe(digest);
    if (!description) return undefined;
    const chunks: Buffer[] = [];
    for (let seq = 0; seq < Math.max(1, Math.ceil(description.size / CHUNK_BYTES)); seq++) {
      const [row] = await withFaults(this.#run<{ bytes: Buffer }>(GET_CHUNK, [digest, seq]));
      if (row) chunks.push(row.bytes);
    }
    const bytes = chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
    if (artifactDigest(bytes) !== digest)
      throw new Error(`The stored bytes of ${digest} are not what its name says.`);
    return bytes;
  }

  async has(digest: ArtifactDigest): Promise<boolean> {
    return (await this.describe(digest)) !== undefined;
  }

  async describe(digest: ArtifactDigest): Promise<ArtifactDescription | undefined> {
    const rows = await withFaults(this.#run<{ mediaType: string; size: number }>(DESCRIBE, [digest]));
    return rows[0] && { digest, ...rows[0] };
  }

  async #putChunks(name: readonly unknown[], bytes: Buffer, fence: RunFence | undefined): Promise<void> {
    const client = await this.#pool.connect();
    let lost = false;
    try {
      await client.query('begin');
      const { rowCount } = await client.query(PUT_NAME, [...name]);
      for (let seq = 0; rowCount === 1 && seq * CHUNK_BYTES < bytes.length; seq++) {
        const chunk = bytes.subarray(seq * CHUNK_BYTES, (seq + 1) * CHUNK_BYTES);
        await client.query(PUT_CHUNK, [name[0], seq, chunk]);
      }
      // Last, so that who is to have the run next waits for a commit and not for the bytes.
      if (fence) requireHeld(fence, (await client.query<Held>(HELD.text, [fence.runId, fence.token])).rows);
      await client.query('commit');
    } catch (error) {
      lost = isConnectionLost(error) || !(await rolledBack(client));
      throw error;
    } finally {
      client.release(lost);
    }
  }
}

interface Held {
  readonly held: boolean;
}

function requireHeld(fence: RunFence | undefined, rows: readonly Held[]): void {
  if (fence && rows[0]?.held !== true) throw notHeld(fence);
}

async function rolledBack(client: pg.PoolClient): Promise<boolean> {
  return client.query('rollback').then(
    () => true,
    () => false,
  );
}
