import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findTool, stateDirectory } from '@missions/local';
import { testSandbox, type TestSandbox } from '../conformance/test-sandbox.ts';
import { createSandboxProvider, type SandboxChoice } from './provider-choice.ts';
import { prepareToolchain } from './toolchain.ts';

const timeoutMs = 10_000;
let sandbox: TestSandbox;
let choice: SandboxChoice;

beforeAll(async () => {
  const bwrap = await findTool('bwrap');
  sandbox = await testSandbox(bwrap, stateDirectory());
  const toolchain = await prepareToolchain(stateDirectory());
  choice = {
    provider: 'none',
    allowUnsandboxed: true,
    stateDir: sandbox.dir,
    bwrap,
    toolchain,
    podRuntime: undefined,
  };
}, 180_000);
afterAll(() => sandbox.end());

describe('running without a sandbox', () => {
  it('needs the override of an admin, and always says so', async () => {
    expect(() => createSandboxProvider({ ...choice, allowUnsandboxed: false })).toThrow(
      'override of an admin',
    );
    const report = await createSandboxProvider(choice).probe(AbortSignal.timeout(timeoutMs));
    expect(report).toMatchObject({ provider: 'none', ok: false, unsandboxed: true });
    expect(createSandboxProvider({ ...choice, provider: 'auto' }).kind).toBe('bubblewrap');
  });

  it('offers the same session, under the same user, with paths of the host', async () => {
    const workspace = await sandbox.workspace();
    const contract = join(sandbox.dir, 'contract');
    mkdirSync(contract);
    writeFileSync(join(contract, 'proof'), 'proof');
    const session = await createSandboxProvider(choice).openSession({
      id: 'open',
      workspace,
      readOnlyMounts: [{ host: contract, inside: '/contract' }],
      env: { GIVEN: 'x' },
    });
    try {
      await session.files.writeFile('/workspace/sub/a.txt', 'a');
      const command = `pwd; id -u; echo $GIVEN; cat ${session.locate('/contract/proof')}; echo e >/dev/stderr; exit 3`;
      const result = await session.run({ command, cwd: '/workspace/sub', timeoutMs });
      const stdout = `${workspace}/sub\n${String(sandbox.user.uid)}\nx\nproof`;
      expect(result).toMatchObject({ exitCode: 3, stdout, stderr: 'e\n' });
      expect((await session.files.glob({ pattern: '**' })).paths).toEqual(['sub/a.txt']);
      expect((await session.run({ command: 'sleep 60', timeoutMs: 200 })).killedBy).toBe('timeout');
      await expect(session.files.readFile('/etc/passwd')).rejects.toMatchObject({ code: 'FILE_OUTSIDE' });
      const service = await session.start({ command: 'sleep 60' });
      await session.close();
      expect((await service.ended).killedBy).toBe('session_closed');
    } finally {
      await session.close();
    }
  });
});
