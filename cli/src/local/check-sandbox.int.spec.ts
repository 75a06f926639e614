import { findTool, stateDirectory } from '@missions/local';
import { missionsConfigSchema } from '@missions/runtime';
import { checkSandbox, needsBubblewrap } from './check-sandbox.ts';

const signal = new AbortController().signal;

beforeAll(async () => {
  await findTool('bwrap');
}, 180_000);

function sandboxOf(settings: object) {
  return missionsConfigSchema.parse({ sandbox: settings }).sandbox;
}

function check(settings: object) {
  const given = { stateDir: stateDirectory(), env: {}, cwd: '/', signal };
  return checkSandbox(given, sandboxOf(settings));
}

describe('what the doctor says of the sandbox', () => {
  it('is what was measured of bubblewrap where that is configured, or nothing is', async () => {
    expect(await check({})).toMatchObject({
      ok: true,
      detail: expect.stringContaining('probes hold') as string,
    });
    expect([needsBubblewrap(sandboxOf({})), needsBubblewrap(sandboxOf({ provider: 'bubblewrap' }))]).toEqual([
      true,
      true,
    ]);
  }, 120_000);

  it('is that there is none where an admin wants none, as a warning', async () => {
    const none = { provider: 'none', allowUnsandboxed: true };
    expect(await check(none)).toMatchObject({
      ok: false,
      optional: true,
      detail: expect.stringContaining('without a sandbox') as string,
    });
    expect(needsBubblewrap(sandboxOf(none))).toBe(false);
  });

  it('is what is missing where none is configured without the word of an admin', async () => {
    const { ok, optional, fix } = await check({ provider: 'none' });
    expect([ok, optional]).toEqual([false, false]);
    expect(fix).toContain('allowUnsandboxed');
  });

  it('is that no pod is around it where a pod is said to be the sandbox', async () => {
    expect(await check({ provider: 'external' })).toMatchObject({
      ...{ ok: false, optional: false, detail: expect.stringContaining('does not hold') as string },
      fix: expect.stringContaining('MISSIONS_SANDBOX_RUNTIME') as string,
    });
  });
});
