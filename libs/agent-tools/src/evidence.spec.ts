import type { RecordedResult } from '@missions/agent';
import { createRedactor } from '@missions/kernel';
import { commandsOf, evidenceOf, keepEvidence } from './evidence.ts';

const artifact = `sha256:${'a'.repeat(64)}`;
const result = (callId: string, captured?: unknown): RecordedResult => ({
  callId,
  tool: 'bash',
  content: 'exit code 1, 5 ms\nno',
  isError: false,
  ...(captured !== undefined && { captured }),
});

const results = [
  result('call-1', { kind: 'command', command: 'npm test', exitCode: 1, durationMs: 5, artifact }),
  result('call-2', { kind: 'http', command: 'GET http://127.0.0.1/', artifact, status: 200 }),
  result('call-3', { kind: 'command', command: 'sleep 9', killedBy: 'timeout', durationMs: 9 }),
  result('call-4', 'nonsense'),
  result('call-5'),
];

describe('what the engine captured of a run', () => {
  it('is evidence by the id of its call, where it was kept', () => {
    expect(evidenceOf(results)).toEqual([
      { kind: 'command', command: 'npm test', exitCode: 1, artifact, call: 'call-1' },
      { kind: 'http', command: 'GET http://127.0.0.1/', artifact, call: 'call-2' },
    ]);
  });

  it('is the list of commands a handoff records', () => {
    expect(commandsOf(results)).toEqual([
      { command: 'npm test', exitCode: 1, durationMs: 5, output: 'exit code 1, 5 ms\nno' },
      { command: 'sleep 9', durationMs: 9, output: 'exit code 1, 5 ms\nno' },
    ]);
    expect(commandsOf(results, 1)).toMatchObject([{ command: 'sleep 9' }]);
  });

  it('is redacted before it is kept, and kept only for validators', async () => {
    const kept: string[] = [];
    const evidence = {
      put: (bytes: Uint8Array) => {
        kept.push(Buffer.from(bytes).toString('utf8'));
        return Promise.resolve({ digest: artifact });
      },
    };
    const redactor = createRedactor({ secrets: [{ name: 'key', value: 'hunter2-hunter2' }] });
    expect(await keepEvidence({ redactor, evidence }, 'a hunter2-hunter2', 'text/plain')).toBe(artifact);
    expect(kept).toEqual(['a [redacted:key]']);
    expect(await keepEvidence({ redactor }, 'a', 'text/plain')).toBeUndefined();
  });
});
