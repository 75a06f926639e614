import { chmodSync, copyFileSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ExternalActivity, TranscriptFact } from '@missions/agent';
import { createRedactor, systemClock } from '@missions/kernel';
import type { ModelReply, ModelRequest } from '@missions/models';
import type { SandboxSession } from '@missions/workspace';
import type { TestSandbox } from '@missions/workspace/conformance';
import { AcpAgent, defaultExternalAgentLimits, ExecAgent, type ExternalAgentParts } from '../index.ts';
import { acpTestAgent } from './index.ts';

/** Appears in nothing that is recorded. */
export const secret = 'hunter2-hunter2';
export const header = { mission: 'm-1', role: 'worker', task: 'build', feature: 'F-001', attempt: 1 };

const tool = {
  name: 'hand_off',
  description: 'Ends the build.',
  inputSchema: { type: 'object', properties: { outcome: { type: 'string' } } },
};

export function requestFor(...later: ModelRequest['messages']): ModelRequest {
  const text = `\`\`\`json\n${JSON.stringify(header)}\n\`\`\`\n\nBuild a.txt.`;
  const first = { role: 'user' as const, content: [{ type: 'text' as const, text }] };
  return { system: 'You build.', messages: [first, ...later], tools: [tool], maxTokens: 1_000 };
}

/** One workspace in a real sandbox, the facts that were recorded, and agents that work in it. */
export class AgentBench {
  readonly facts: TranscriptFact[] = [];
  checkpoints = 0;
  recordFails: Error | undefined;
  private constructor(
    readonly workspace: string,
    readonly session: SandboxSession,
    private readonly program: string,
  ) {}

  static async open(sandbox: TestSandbox): Promise<AgentBench> {
    const programs = join(sandbox.dir, 'programs');
    mkdirSync(programs, { recursive: true });
    const program = join(programs, 'agent.mjs');
    copyFileSync(acpTestAgent, program);
    chmodSync(program, 0o644);
    chmodSync(programs, 0o755);
    const workspace = await sandbox.workspace();
    const mounts = [{ host: programs, inside: '/opt/programs' }];
    const session = await sandbox.open({ workspace, readOnlyMounts: mounts });
    return new AgentBench(workspace, session, program);
  }

  acp(behaviour: readonly string[], over: Partial<ExternalAgentParts> = {}): AcpAgent {
    return new AcpAgent({ ...this.parts(['node', '/opt/programs/agent.mjs', ...behaviour]), ...over });
  }

  exec(script: string, resultOptional = false, over: Partial<ExternalAgentParts> = {}): ExecAgent {
    return new ExecAgent({ ...this.parts(['/bin/bash', '-c', script]), ...over }, resultOptional);
  }

  activities(kind?: ExternalActivity['kind']): readonly ExternalActivity[] {
    return this.facts
      .flatMap((fact) => (fact.type === 'ExternalUpdateRecorded' ? fact.data.activities : []))
      .filter((activity) => kind === undefined || activity.kind === kind);
  }

  /** Texts of one kind, or of all. */
  told(kind?: ExternalActivity['kind']): string {
    return this.activities(kind)
      .map(({ text }) => text)
      .join('\n');
  }

  file(name: string): string {
    return readFileSync(join(this.workspace, name), 'utf8');
  }

  /** Gives the workspace a file. */
  async put(name: string, content: string): Promise<void> {
    await this.session.files.writeFile(name, content);
  }

  private parts(command: readonly string[]): ExternalAgentParts {
    return {
      use: 'test/agent',
      command,
      env: {},
      session: this.session,
      redactor: createRedactor({ secrets: [{ name: 'KEY', value: secret }] }),
      clock: systemClock,
      record: (facts) => {
        if (this.recordFails) return Promise.reject(this.recordFails);
        this.facts.push(...facts);
        return Promise.resolve();
      },
      checkpoint: () =>
        Promise.resolve({ sha: 'a'.repeat(40), bundle: `b${String((this.checkpoints += 1))}` }),
      limits: { ...defaultExternalAgentLimits, startMs: 20_000, stopGraceMs: 300, checkpointMs: 50 },
    };
  }
}

/** The input of the closing call in a reply. */
export function handedOff(reply: ModelReply): unknown {
  return reply.content.find((block) => block.type === 'tool_use');
}

/** Processes of this host whose command line holds the words; the host sees into every sandbox. */
export function processesWith(words: string): readonly string[] {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) return false;
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').includes(words);
    } catch {
      return false;
    }
  });
}
