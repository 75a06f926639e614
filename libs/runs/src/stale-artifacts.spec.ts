import { artifactDigest } from '@missions/event-store';
import { approved } from '@missions/mission/testing';
import type { ClaimedRun } from './claimed-run.ts';
import { driveRun } from './drive-run.ts';
import { RunWorld } from './testing/index.ts';
import { transcriptOf } from './transcripts.ts';

const text = { mediaType: 'text/plain' };

/** What a holder still tries after another has claimed its run. */
async function late(attempt: (claimed: ClaimedRun) => Promise<unknown>): Promise<unknown> {
  const world = await RunWorld.after(approved());
  let code: unknown = 'accepted';
  await driveRun(
    world.host(),
    await world.delegation(),
    async (claimed) => {
      await claimed.host.artifacts.put(Buffer.from('in time'), text);
      await world.expire();
      await driveRun(
        world.host({ holder: 'host-2' }),
        await world.delegation(),
        async () => {
          code = await attempt(claimed).then(
            () => 'accepted',
            (error: unknown) => (error as { readonly code?: unknown }).code,
          );
        },
        new AbortController().signal,
      );
    },
    new AbortController().signal,
  );
  expect(await world.artifacts.has(artifactDigest(Buffer.from('in time')))).toBe(true);
  expect(await world.artifacts.has(artifactDigest(Buffer.from('too late')))).toBe(false);
  return code;
}

describe('a run that was taken over', () => {
  it('keeps no bytes any more', async () => {
    expect(await late(({ host }) => host.artifacts.put(Buffer.from('too late'), text))).toBe('STALE_TOKEN');
  });

  it('nor any by way of its transcript', async () => {
    expect(await late(({ host, run }) => transcriptOf(host, run, run.id).keep('too late'))).toBe(
      'STALE_TOKEN',
    );
  });
});
