import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { artifactDigest, type ArtifactStore } from '../artifact-store.ts';
import { fencedArtifacts } from '../fenced-artifacts.ts';
import type { ArtifactStoreFixture } from './event-store-fixture.ts';

/** What holds of any artifact store. */
export function describeArtifactStore(name: string, makeFixture: () => Promise<ArtifactStoreFixture>): void {
  describe(`artifacts in ${name}`, () => {
    let fixture: ArtifactStoreFixture;
    let store: ArtifactStore;
    beforeAll(async () => {
      fixture = await makeFixture();
      store = fixture.open();
    });
    afterAll(() => fixture.close());

    it.each([0, 1, 1_048_576, 1_048_577, 3_500_000])('gives %p bytes back as they were', async (size) => {
      const bytes = randomBytes(size);
      const { digest } = await store.put(bytes, { mediaType: 'application/octet-stream' });
      const found = await store.get(digest);
      expect(found && Buffer.from(found).equals(bytes)).toBe(true);
      expect(digest).toBe(artifactDigest(bytes));
      expect(await store.describe(digest)).toEqual({ digest, size, mediaType: 'application/octet-stream' });
      expect(await store.has(digest)).toBe(true);
    });

    it.each([10, 2_000_000])(
      'keeps the same %p bytes once, also when they are put many times at once',
      async (size) => {
        const bytes = randomBytes(size);
        const puts = ['text/plain', 'text/html', 'text/css'].map((mediaType) =>
          store.put(bytes, { mediaType }),
        );
        const [first, ...others] = await Promise.all(puts);
        for (const other of others) expect(other).toEqual(first);
        expect(await store.put(bytes, { mediaType: 'image/png' })).toEqual(first);
        const found = await store.get(artifactDigest(bytes));
        expect(found && Buffer.from(found).equals(bytes)).toBe(true);
      },
    );

    it('does not know what nobody put', async () => {
      const digest = artifactDigest(randomBytes(8));
      expect(await store.get(digest)).toBeUndefined();
      expect(await store.has(digest)).toBe(false);
      expect(await store.describe(digest)).toBeUndefined();
    });

    it('refuses bytes with a configured secret, without telling its value', async () => {
      const value = 'pässwörd-of-many-letters';
      const guarded = fixture.open({ forbidden: [{ name: 'DB_PASSWORD', value }] });
      const bytes = Buffer.concat([randomBytes(2_000_000), Buffer.from(value), randomBytes(10)]);
      const refused: unknown = await guarded.put(bytes, { mediaType: 'text/plain' }).catch(String);
      expect(refused).toContain('DB_PASSWORD');
      expect(refused).not.toContain(value);
      expect(await store.has(artifactDigest(bytes))).toBe(false);
    });

    // One chunk goes another way than several.
    describe.each([10, 1_048_577])('%p bytes kept for a run', (size) => {
      const text = { mediaType: 'text/plain' };
      let runs = 0;
      let runId: string;
      beforeEach(async () => {
        runs += 1;
        runId = `m-fenced-r${String(size)}${String(runs)}`;
        await fixture.claim({ runId, token: 5 });
      });

      it('are kept while it is held, also twice', async () => {
        const bytes = randomBytes(size);
        const fenced = fencedArtifacts(store, { runId, token: 5 });
        const first = await fenced.put(bytes, text);
        expect(await fenced.put(bytes, text)).toEqual(first);
        expect(await fenced.describe(first.digest)).toMatchObject({ size, ...text });
      });

      it.each<readonly [string, () => Promise<{ readonly runId: string; readonly token: number }>]>([
        ['a token from the past', () => Promise.resolve({ runId, token: 4 })],
        ['a token from the future', () => Promise.resolve({ runId, token: 6 })],
        ['the token of another run', () => Promise.resolve({ runId: `${runId}0`, token: 5 })],
        [
          'a token after the run was released',
          () => fixture.release(runId).then(() => ({ runId, token: 5 })),
        ],
        [
          'a token after the run was claimed again',
          async () => {
            await fixture.release(runId);
            await fixture.claim({ runId, token: 9 });
            return { runId, token: 5 };
          },
        ],
      ])('are refused under %s, and nothing of them is kept', async (_what, stale) => {
        const fence = await stale();
        const bytes = randomBytes(size);
        const put = (): Promise<unknown> => store.put(bytes, { ...text, fence });
        await expect(put()).rejects.toMatchObject({ code: 'STALE_TOKEN', evidence: fence });
        await expect(put()).rejects.toMatchObject({ code: 'STALE_TOKEN' });
        expect(await store.get(artifactDigest(bytes))).toBeUndefined();
        await store.put(bytes, text);
        await expect(put()).rejects.toMatchObject({ code: 'STALE_TOKEN' });
      });
    });
  });
}
