import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { artifactDigest, type ArtifactStore } from '../artifact-store.ts';
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
  });
}
