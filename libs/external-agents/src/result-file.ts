import { isRefusal } from '@missions/kernel';
import type { ToolUseBlock } from '@missions/models';
import type { SandboxSession } from '@missions/workspace';
import { FailRun } from '@missions/agent';

/** Outside of the workspace, so that it is never part of the work. */
const directory = '/tmp/missions';
const clearMs = 10_000;

/** Where an agent that has no closing tool writes what it would have called it with. */
export class ResultFile {
  readonly path: string;

  constructor(
    private readonly session: Pick<SandboxSession, 'files' | 'locate' | 'run'>,
    readonly tool: string,
    private readonly limitBytes: number,
  ) {
    this.path = `${directory}/${tool}.json`;
  }

  /** Nothing that an earlier turn left counts for the next one. Gone, not empty: some agents do not replace what they have not read. */
  async clear(): Promise<void> {
    if (this.session.locate('/workspace') !== '/workspace')
      throw new FailRun('sandbox', 'An external agent runs only in a sandbox.');
    const clear = 'mkdir -p -- "$0" && rm -rf -- "$1"';
    const { exitCode, stderr } = await this.session.run({
      command: ['/bin/sh', '-c', clear, directory, this.path],
      timeoutMs: clearMs,
    });
    if (exitCode !== 0)
      throw new FailRun('sandbox', `The place of the result file ${this.path} cannot be laid out: ${stderr}`);
  }

  /** The call of the closing tool that the file amounts to; a file that is no JSON object is a malformed one. */
  async read(turn: number): Promise<ToolUseBlock | undefined> {
    const text = await this.text();
    if (text === undefined || text.trim() === '') return undefined;
    const call = { type: 'tool_use', id: `result-${String(turn)}`, name: this.tool } as const;
    if (Buffer.byteLength(text) > this.limitBytes)
      return { ...call, input: {}, malformed: `The file has more than ${String(this.limitBytes)} bytes.` };
    try {
      const input: unknown = JSON.parse(text);
      if (typeof input !== 'object' || input === null || Array.isArray(input))
        return { ...call, input: {}, malformed: 'The file holds no JSON object.' };
      return { ...call, input: input as Record<string, unknown> };
    } catch (error) {
      return { ...call, input: {}, malformed: `The file is no JSON: ${String(error)}` };
    }
  }

  private async text(): Promise<string | undefined> {
    try {
      const { bytes } = await this.session.files.readFile(this.path, { limit: this.limitBytes + 1 });
      return Buffer.from(bytes).toString('utf8');
    } catch (error) {
      if (isRefusal(error) && error.code.startsWith('FILE_')) return undefined;
      throw error;
    }
  }
}
