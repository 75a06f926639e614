import { once } from 'node:events';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { readTranscript, type TranscriptFact } from '@missions/agent';
import { created } from '@missions/mission/testing';
import { parseRunHeader } from '@missions/models';
import { driveRun } from '@missions/runs';
import { RunWorld } from '@missions/runs/testing';
import { missionsConfigSchema, type McpAccess } from '@missions/runtime';
import { PersonRepository } from '@missions/workspace/conformance';
import { GitMissionRepositories } from '@missions/workspace/git';
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { performOrchestratorRun } from './perform-orchestrator-run.ts';

let root: string;
let world: RunWorld;
let server: Server;

beforeEach(async () => {
  root = mkdtempSync(join(realpathSync(tmpdir()), 'missions-servers-'));
  const person = PersonRepository.create(join(root, 'person'));
  person.write('README.md', 'start\n');
  const repository = {
    url: person.path,
    kind: 'local',
    baseBranch: 'main',
    baseSha: person.commit('Start'),
  } as const;
  world = await RunWorld.after(created({ repository }));
  server = docsServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
  rmSync(root, { recursive: true, force: true });
});

function docsServer(): Server {
  const handler = createMcpHandler(() => {
    const docs = new McpServer({ name: 'docs', version: '1.0.0' });
    const inputSchema = z.object({ query: z.string() });
    docs.registerTool('search', { inputSchema }, ({ query }) => ({
      content: [{ type: 'text', text: `one page about ${query}` }],
    }));
    return docs;
  });
  return createServer((request, response) => {
    void (async () => {
      const headers = request.headers as Record<string, string>;
      const answer = await handler.fetch(
        new Request('http://127.0.0.1/mcp', { method: 'POST', headers, body: await text(request) }),
      );
      response.writeHead(answer.status, Object.fromEntries(answer.headers));
      response.end(await answer.text());
    })();
  });
}

async function hold(url: string): Promise<readonly TranscriptFact[]> {
  const repositories = new GitMissionRepositories({ stateDir: join(root, 'state'), scan: () => [] });
  const { mcp: servers } = missionsConfigSchema.parse({
    mcp: {
      docs: {
        transport: 'http',
        url,
        roles: ['orchestrator'],
        tools: ['search'],
        effect: 'read',
        startMs: 2_000,
      },
    },
  });
  const mcp: McpAccess = { servers, variables: {} };
  const perform = performOrchestratorRun(repositories, mcp);
  await driveRun(world.host(), await world.delegation(), perform, new AbortController().signal);
  return readTranscript(await world.store.read('run-m-demo1-r1'), world.artifacts);
}

function toldBy(facts: readonly TranscriptFact[]) {
  const context = facts.find((fact) => fact.type === 'ContextAssembled');
  const firstMessage = context?.data.firstMessage ?? '';
  return { header: parseRunHeader(firstMessage), firstMessage, tools: context?.data.tools ?? [] };
}

const ask = { calls: [{ tool: 'ask', input: { questions: [] } }] };

describe('a run of the orchestrator that is allowed a server of tools', () => {
  it('is offered what the configuration names, is told of it, and has its calls in its transcript', async () => {
    world.script({ calls: [{ tool: 'mcp__docs__search', input: { query: 'maps' } }] }, ask);
    const facts = await hold(`http://127.0.0.1:${String((server.address() as AddressInfo).port)}/mcp`);
    const { header, firstMessage, tools } = toldBy(facts);
    expect(tools).toContain('mcp__docs__search');
    expect(firstMessage).toContain('- docs: mcp__docs__search.');
    expect(header).toMatchObject({ mcp: { docs: expect.stringMatching(/^sha256:/) as string } });
    expect(
      facts.flatMap((fact) => (fact.type === 'ToolResultsRecorded' ? fact.data.results : [])),
    ).toMatchObject([
      {
        tool: 'mcp__docs__search',
        content: 'one page about maps',
        captured: { kind: 'mcp', server: 'docs' },
      },
      { tool: 'ask', closes: true },
    ]);
  });

  it('goes on without it when it does not come up, and says so to the agent and to the log', async () => {
    world.script(ask);
    const { header, firstMessage, tools } = toldBy(await hold('http://127.0.0.1:9/mcp'));
    expect(tools).not.toContain('mcp__docs__search');
    expect(firstMessage).toContain('- docs is not available in this run: it could not be reached.');
    expect(header).toMatchObject({ mcp: { docs: 'unavailable' } });
    expect(world.warnings).toHaveLength(1);
  });
});
