import type { ModelReply, ModelRequest } from '@missions/models';
import { StopRun } from '@missions/agent';
import { settle } from '@missions/testing';
import { testSandbox, type TestSandbox } from '@missions/workspace/conformance';
import { findTool, stateDirectory } from '@missions/local';
import { formerWork } from '../former-work.ts';
import { defaultExternalAgentLimits } from '../limits.ts';
import { AgentBench, handedOff, processesWith, requestFor, secret } from '../testing/agent-bench.ts';

let sandbox: TestSandbox;
let bench: AgentBench;

beforeAll(async () => {
  sandbox = await testSandbox(await findTool('bwrap'), stateDirectory());
}, 180_000);
afterAll(() => sandbox.end());
beforeEach(async () => {
  bench = await AgentBench.open(sandbox);
});
afterEach(async () => {
  await bench.session.close();
  expect(processesWith('/opt/programs/agent.mjs')).toEqual([]);
});

const handOff = {
  outcome: 'success',
  salientSummary: 'Built.',
  whatWasImplemented: [],
  whatWasLeftUndone: [],
};
const script = {
  runs: [
    {
      match: { task: 'build', feature: 'F-001' },
      turns: [
        { calls: [{ tool: 'write', input: { file_path: 'src/a.txt', content: 'one\n' } }] },
        {
          calls: [{ tool: 'edit', input: { file_path: 'src/a.txt', old_string: 'one', new_string: 'two' } }],
        },
        { calls: [{ tool: 'bash', input: { command: 'cat src/a.txt; exit 3' } }] },
        { calls: [{ tool: 'hand_off', input: handOff }] },
      ],
    },
  ],
};

function limits(over: Partial<typeof defaultExternalAgentLimits>) {
  return { limits: { ...defaultExternalAgentLimits, startMs: 20_000, stopGraceMs: 300, ...over } };
}

describe('an honest ACP agent', () => {
  it('works in the sandbox through our files and terminals, and its result file is the closing call', async () => {
    await bench.put('script.json', JSON.stringify(script));
    const agent = bench.acp(['play', '/workspace/script.json']);
    const reply = await agent.respond(requestFor());
    expect(handedOff(reply)).toEqual({ type: 'tool_use', id: 'result-1', name: 'hand_off', input: handOff });
    expect(reply).toMatchObject({
      stopReason: 'tool_use',
      content: [{ type: 'text', text: 'All of it is done.' }, {}],
    });
    expect(bench.file('src/a.txt')).toBe('two\n');
    await agent.close();
  });

  it('leaves in the log what it planned, was allowed, wrote and ran, with what we measured', async () => {
    await bench.put('script.json', JSON.stringify(script));
    const agent = bench.acp(['play', '/workspace/script.json']);
    await agent.respond(requestFor());
    await agent.close();
    expect(bench.told('plan')).toContain('[pending] write');
    expect(bench.told('permission')).toContain('write src/a.txt — allowed');
    expect(bench.activities('write')[0]).toMatchObject({
      captured: { path: '/workspace/src/a.txt', bytes: 4 },
    });
    expect(bench.activities('command')).toMatchObject([
      { captured: { command: 'cat src/a.txt; exit 3', exitCode: 3, outputBytes: 4 } },
    ]);
    expect(bench.told('session')).toBe('Session session-1');
    expect(bench.facts.at(-1)?.type).toBe('CheckpointTaken');
  });

  it('is told in the same session what was wrong with its result', async () => {
    const agent = bench.acp(['learns']);
    const first = await agent.respond(requestFor());
    expect(handedOff(first)).toMatchObject({ malformed: expect.stringContaining('no JSON') as string });
    const said = (reply: ModelReply, content: string): ModelRequest['messages'] => [
      { role: 'assistant', content: reply.content },
      { role: 'user', content: [{ type: 'tool_result', callId: 'result-1', content, isError: true }] },
    ];
    const once = said(first, 'It could not be read.');
    const second = await agent.respond(requestFor(...once));
    expect(handedOff(second)).toMatchObject({ input: { outcome: 'success' } });
    expect(bench.told('message')).toContain('Your result was not accepted. It could not be read.');
    await agent.respond(requestFor(...once, ...said(second, 'Incomplete.')));
    expect(bench.file('a.txt')).toBe('3\n');
    await agent.close();
  });

  it('hears after a takeover what was done before it', async () => {
    const former = formerWork([
      {
        type: 'ExternalUpdateRecorded',
        data: { turn: 1, at: '', activities: [{ kind: 'write', text: '/workspace/half.txt, 4 bytes' }] },
      },
    ]);
    const agent = bench.acp(['learns'], { former });
    await agent.respond(requestFor());
    await agent.close();
    expect(former?.lines).toEqual(['write: /workspace/half.txt, 4 bytes']);
  });

  it('tells no secret, also one that comes in two pieces', async () => {
    const agent = bench.acp(['tells-a-secret', secret]);
    await agent.respond(requestFor());
    await agent.close();
    expect(bench.told('message')).toContain('The key is [redacted:KEY], and so on.');
    expect(JSON.stringify(bench.facts)).not.toContain(secret);
  });

  it('ends by a refusal of its model', async () => {
    const agent = bench.acp(['refuses']);
    expect(await agent.respond(requestFor())).toMatchObject({ stopReason: 'refusal', content: [] });
    await agent.close();
  });
});

describe('a hostile ACP agent', () => {
  it('that floods is coalesced into few facts of a bounded size', async () => {
    const agent = bench.acp(['floods']);
    const reply = await agent.respond(requestFor());
    await agent.close();
    expect(handedOff(reply)).toBeDefined();
    const updates = bench.facts.filter(({ type }) => type === 'ExternalUpdateRecorded');
    expect(updates.length).toBeLessThan(80);
    expect(JSON.stringify(bench.facts).length).toBeLessThan(1_500_000);
    const left = updates.map((fact) =>
      fact.type === 'ExternalUpdateRecorded' ? (fact.data.omitted?.activities ?? 0) : 0,
    );
    expect(left.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(10_000);
  });

  it.each([
    ['floods without end', 'floods-without-end', /more than 2000000 bytes in one turn/],
    ['floods us with requests', 'floods-requests', /more than 64 requests at a time/],
    ['sends a line without end', 'huge-line', /one message of more than 1000000 bytes/],
    ['sends garbage without end', 'malformed-without-end', /lines that are no message/],
  ])('that %s is stopped, and the run says why', async (_what, behaviour, why) => {
    const agent = bench.acp([behaviour], limits({ turnBytes: 2_000_000, lineBytes: 1_000_000 }));
    await expect(agent.respond(requestFor())).rejects.toMatchObject({
      cause: 'tool',
      message: expect.stringMatching(why) as string,
    });
    expect(bench.told('trouble')).toMatch(why);
    expect(processesWith('/opt/programs/agent.mjs')).toEqual([]);
  });

  it('that claims success without a change leaves just that: its claim', async () => {
    const agent = bench.acp(['lies']);
    const reply = await agent.respond(requestFor());
    await agent.close();
    expect(handedOff(reply)).toMatchObject({ input: { outcome: 'success' } });
    expect(bench.told('write')).toBe('');
  });

  it('sees and writes nothing outside of the workspace, and has no key', async () => {
    const agent = bench.acp(['outside']);
    await agent.respond(requestFor());
    await agent.close();
    const seen = JSON.parse(bench.file('seen.json')) as Record<string, { error?: string; value?: unknown }>;
    expect(seen['passwd']).toMatchObject({ error: expect.any(String) as string });
    expect(seen['up']).toMatchObject({ error: expect.any(String) as string });
    expect(seen['write']).toMatchObject({ error: expect.stringContaining('Refused') as string });
    expect(seen['git']).toMatchObject({ error: expect.stringContaining('Refused') as string });
    expect(seen['permission']).toMatchObject({ value: { outcome: { optionId: 'no' } } });
    expect(JSON.stringify(seen['environment'])).not.toMatch(/KEY|TOKEN|MISSIONS|DATABASE/);
    expect(bench.told('permission').split('\n')).toHaveLength(4);
  });

  it('that sends malformed messages among good ones gets its work done', async () => {
    const agent = bench.acp(['malformed']);
    expect(handedOff(await agent.respond(requestFor()))).toBeDefined();
    await agent.close();
  });

  it('that exits in the middle fails the run with what it wrote last', async () => {
    const agent = bench.acp(['exits']);
    await expect(agent.respond(requestFor())).rejects.toMatchObject({
      cause: 'tool',
      message: expect.stringMatching(/exit code 3[^]*the agent broke down/) as string,
    });
    expect(bench.facts.some(({ type }) => type === 'CheckpointTaken')).toBe(true);
  });

  it.each([
    ['is not there', ['/no/such/agent'], 'tool', /exit code 127/],
    ['speaks another version', undefined, 'tool', /version 99/],
    ['wants a login', undefined, 'auth', /Authentication required/],
  ])('that %s fails the run with its cause', async (what, command, cause, why) => {
    const behaviour = what === 'wants a login' ? 'wants-login' : 'another-version';
    const agent = bench.acp([behaviour], command ? { command } : {});
    await expect(agent.respond(requestFor())).rejects.toMatchObject({
      cause,
      message: expect.stringMatching(why) as string,
    });
  });

  it('that falls silent has stalled', async () => {
    const agent = bench.acp(['says-nothing'], limits({ stallMs: 600 }));
    await expect(agent.respond(requestFor())).rejects.toMatchObject({ cause: 'stall' });
  });

  it('that works too long has stalled', async () => {
    const agent = bench.acp(['forks'], limits({ turnMs: 1_500 }));
    await expect(agent.respond(requestFor())).rejects.toMatchObject({ cause: 'stall' });
    expect(processesWith('sleep 4711')).toEqual([]);
  });
});

describe('an ACP agent that is stopped', () => {
  async function stopped(behaviour: string, reason: Error) {
    const stop = new AbortController();
    const agent = bench.acp([behaviour]);
    const reply = agent.respond(requestFor(), { signal: stop.signal });
    reply.catch(() => undefined);
    await settle(() => bench.told('write') !== '' || bench.checkpoints > 0);
    const askedAt = performance.now();
    stop.abort(reason);
    await expect(reply).rejects.toBe(reason);
    return performance.now() - askedAt;
  }

  it('may say that it heard, and its work is kept', async () => {
    await stopped('heeds-cancel', new StopRun('interrupt'));
    expect(bench.file('heeded.txt')).toBe('heeded\n');
    expect(bench.facts.at(-1)?.type).toBe('CheckpointTaken');
  });

  it('is killed when it does not listen, with what it started', async () => {
    const tookMs = await stopped('ignores-cancel', new StopRun('cancel'));
    expect(tookMs).toBeLessThan(4_000);
    expect(processesWith('/opt/programs/agent.mjs')).toEqual([]);
  });

  it('by the loss of its run is killed at once, and nothing more is written', async () => {
    await stopped('ignores-cancel', new StopRun('release'));
    const known = bench.facts.length;
    expect(bench.file('begun.txt')).toBe('begun\n');
    expect(bench.facts).toHaveLength(known);
  });

  it('stops when nothing can be written about it any more', async () => {
    const agent = bench.acp(['ignores-cancel']);
    const gone = new Error('The log is away.');
    bench.recordFails = gone;
    await expect(agent.respond(requestFor())).rejects.toBe(gone);
  });
});
