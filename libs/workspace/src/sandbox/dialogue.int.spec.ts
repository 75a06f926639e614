import { once } from 'node:events';
import { findTool, stateDirectory } from '@missions/local';
import { testSandbox, type TestSandbox } from '../conformance/test-sandbox.ts';

let sandbox: TestSandbox;

beforeAll(async () => {
  sandbox = await testSandbox(await findTool('bwrap'), stateDirectory());
}, 180_000);
afterAll(() => sandbox.end());

describe('a process that was started for a dialogue', () => {
  it('reads what is written to it, as it is written, until its input is closed', async () => {
    const session = await sandbox.open();
    try {
      const heard: string[] = [];
      let answered: (() => void) | undefined;
      const onOutput = (chunk: Uint8Array): void => {
        heard.push(Buffer.from(chunk).toString());
        answered?.();
      };
      const process = await session.start({
        command: ['/bin/sh', '-c', 'while read line; do echo "$line!"; done'],
        stdin: 'stream',
        onOutput,
      });
      for (const word of ['one', 'two']) {
        const answer = new Promise<void>((resolve) => (answered = resolve));
        process.stdin?.write(`${word}\n`);
        await answer;
      }
      process.stdin?.end();
      expect(await process.ended).toMatchObject({ exitCode: 0 });
      expect(heard.join('')).toBe('one!\ntwo!\n');
    } finally {
      await session.close();
    }
  });

  it('takes what comes after its end without a fault, and has no input where none was asked for', async () => {
    const session = await sandbox.open();
    try {
      const process = await session.start({ command: 'exit 3', stdin: 'stream' });
      expect(await process.ended).toMatchObject({ exitCode: 3 });
      process.stdin?.write('too late\n');
      if (process.stdin && !process.stdin.closed) await once(process.stdin, 'close');
      expect((await session.start({ command: 'true' })).stdin).toBeUndefined();
    } finally {
      await session.close();
    }
  });
});
