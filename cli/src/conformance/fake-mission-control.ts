import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  approvalViews,
  contractView,
  costView,
  findingViews,
  handoffViews,
  messageViews,
  missionCard,
  missionReport,
  missionView,
  planView,
  reportHtml,
  reportMarkdown,
  runViews,
  whyView,
  type CloudEvent,
  type LedgerHistory,
  type LockLedger,
  type Problem,
  type ReportView,
  type RunView,
  type TranscriptView,
} from '@missions/contracts';
import type { Fact } from '@missions/kernel';
import { chronicleOf, openApprovals, type Chronicle } from '@missions/mission';

export interface SentCommand {
  readonly path: string;
  readonly body: unknown;
  readonly key: string | undefined;
}

/** What happened to a mission, as a test tells it. */
interface Happened {
  readonly facts: readonly Fact[];
}

const updatedAt = '2026-03-01T10:00:00.000Z';

/** Mission Control as the command line sees it, over missions a test made: the same views, no database. */
export class FakeMissionControl {
  readonly commands: SentCommand[] = [];
  /** Answered instead of anything else. */
  problem: Problem | undefined;
  /** How many of the next requests find nobody at home. */
  failures = 0;
  /** What missions share. */
  ledgers: readonly LockLedger[] = [];
  /** What was decided in their ledgers, and with which query it was asked for. */
  readonly histories = new Map<string, LedgerHistory>();
  askedHistory = '';
  /** Runs that can be asked for by their id, with what was said in them. */
  readonly runs = new Map<string, { readonly run: RunView; readonly transcript: TranscriptView }>();
  /** Stored bytes by digest. */
  readonly artifacts = new Map<string, Uint8Array>();
  private readonly server: Server;

  private readonly missions: ReadonlyMap<string, Chronicle>;

  constructor(histories: ReadonlyMap<string, Happened>) {
    this.missions = new Map([...histories].map(([id, history]) => [id, chronicleOf(recorded(history))]));
    this.server = createServer((request, response) => {
      void this.answer(request, response);
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${String((this.server.address() as AddressInfo).port)}`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await textOf(request);
    if (this.failures > 0) {
      this.failures -= 1;
      request.socket.destroy();
      return;
    }
    if (this.problem !== undefined) {
      send(response, this.problem.status, this.problem);
      return;
    }
    const url = new URL(request.url ?? '/', 'http://localhost');
    if (request.method === 'POST') this.take(request, url, body, response);
    else this.read(url, request, response);
  }

  private take(request: IncomingMessage, url: URL, body: string, response: ServerResponse): void {
    const key = request.headers['idempotency-key'];
    this.commands.push({
      path: url.pathname,
      body: JSON.parse(body || '{}') as unknown,
      key: typeof key === 'string' ? key : undefined,
    });
    const mission = this.missions.get(url.pathname.split('/')[3] ?? '')?.mission;
    const message = url.pathname.endsWith('/messages') && mission ? messageViews(mission)[0] : undefined;
    const [, , what, scope = ''] = url.pathname.split('/');
    if (what === 'locks') {
      const { claimId } = JSON.parse(body) as { readonly claimId: string };
      send(response, 202, { commandId: 'http/1', scope, claimId, version: 9 });
      return;
    }
    const accepted = { commandId: 'http/1', missionId: 'm-new1', seq: 3, acceptedAt: updatedAt };
    send(response, 202, { ...accepted, message });
  }

  private read(url: URL, request: IncomingMessage, response: ServerResponse): void {
    const all = [...this.missions.values()].map(({ mission }) => mission);
    if (url.pathname === '/v1/events') this.stream(url, request, response);
    else if (url.pathname === '/v1/missions')
      send(
        response,
        200,
        all.map((mission) => missionCard(mission, { updatedAt })),
      );
    else if (url.pathname === '/v1/approvals')
      send(
        response,
        200,
        all.flatMap((mission) => approvalViews(mission, openApprovals(mission))),
      );
    else if (url.pathname === '/v1/locks') send(response, 200, this.ledgers);
    else if (url.pathname.startsWith('/v1/locks/negotiations/')) this.readNegotiation(url, response);
    else if (/^\/v1\/locks\/[^/]+\/history$/u.test(url.pathname)) this.readHistory(url, response);
    else if (url.pathname.startsWith('/v1/artifacts/')) this.readArtifact(url, response);
    else if (url.pathname.startsWith('/v1/runs/')) this.readRun(url, response);
    else if (url.pathname === '/v1/audit') send(response, 200, { ok: true, streams: [] });
    else this.readMission(url, response);
  }

  /** What happened to the mission behind `last-event-id`, one event for each version, and then nothing; as a log: nothing at all. */
  private stream(url: URL, request: IncomingMessage, response: ServerResponse): void {
    const isSse = request.headers.accept === 'text/event-stream';
    response.writeHead(200, { 'content-type': isSse ? 'text/event-stream' : 'application/x-ndjson' });
    if (!isSse) {
      response.end();
      return;
    }
    response.write(': connected\n\n');
    const id = url.searchParams.get('mission') ?? '';
    const mission = this.missions.get(id)?.mission;
    const last = mission === undefined ? 0 : missionView(mission, { live: new Map(), stale: false }).seq;
    for (let seq = Number(request.headers['last-event-id'] ?? 0) + 1; seq <= last; seq += 1)
      response.write(`id: ${String(seq)}\ndata: ${JSON.stringify(happened(id, seq))}\n\n`);
  }

  private readNegotiation(url: URL, response: ServerResponse): void {
    const id = decodeURIComponent(url.pathname.split('/').at(-1) ?? '');
    const said = this.ledgers.flatMap(({ scope, negotiations }) =>
      negotiations.map((negotiation) => ({ ...negotiation, scope })),
    );
    const found = said.find(({ negotiationId }) => negotiationId === id);
    if (found) send(response, 200, found);
    else send(response, 404, { ...notFound, code: 'UNKNOWN_NEGOTIATION', detail: `There is no ${id}.` });
  }

  private readHistory(url: URL, response: ServerResponse): void {
    const scope = decodeURIComponent(url.pathname.split('/')[3] ?? '');
    const history = this.histories.get(scope);
    this.askedHistory = decodeURIComponent(url.search);
    if (history) send(response, 200, history);
    else send(response, 404, { ...notFound, code: 'UNKNOWN_LEDGER', detail: `There is no ledger ${scope}.` });
  }

  private readRun(url: URL, response: ServerResponse): void {
    const [, , , id = '', part] = url.pathname.split('/');
    const known = this.runs.get(decodeURIComponent(id));
    if (known) send(response, 200, part === 'transcript' ? known.transcript : known.run);
    else send(response, 404, { ...notFound, code: 'UNKNOWN_RUN', detail: `There is no run ${id}.` });
  }

  private readArtifact(url: URL, response: ServerResponse): void {
    const digest = decodeURIComponent(url.pathname.split('/').at(-1) ?? '');
    const bytes = this.artifacts.get(digest);
    if (bytes) response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(bytes);
    else send(response, 404, { ...notFound, code: 'ARTIFACT_NOT_FOUND', detail: `There is no ${digest}.` });
  }

  private readMission(url: URL, response: ServerResponse): void {
    const [, , , id = '', part = '', name = ''] = url.pathname.split('/');
    const told = this.missions.get(id);
    const view = told && viewOf(told, part, decodeURIComponent(name));
    const format = url.searchParams.get('format') ?? 'json';
    if (part === 'report' && told && format !== 'json') sendReport(response, missionReport(told), format);
    else if (view !== undefined) send(response, 200, view);
    else send(response, 404, { ...notFound, detail: `There is nothing at ${url.pathname}.` });
  }
}

function recorded({ facts }: Happened) {
  return facts.map((fact, index) => ({ ...fact, version: index + 1, occurredAt: updatedAt }));
}

function sendReport(response: ServerResponse, report: ReportView, format: string): void {
  const isPage = format === 'html';
  response
    .writeHead(200, { 'content-type': isPage ? 'text/html' : 'text/markdown' })
    .end(isPage ? reportHtml(report) : reportMarkdown(report));
}

const notFound = { type: 'urn:x', title: 'Not found', status: 404, code: 'MISSION_NOT_FOUND' };

function viewOf(told: Chronicle, part: string, name: string): unknown {
  const { mission } = told;
  const views: Readonly<Record<string, () => unknown>> = {
    '': () => missionView(mission, { live: new Map(), stale: false }),
    plan: () => planView(mission),
    contract: () => contractView(mission),
    runs: () => runViews(mission, new Map()),
    handoffs: () => handoffViews(mission),
    messages: () => messageViews(mission),
    cost: () => costView(mission),
    findings: () => findingViews(mission),
    report: () => missionReport(told),
    locks: () => [],
    why: () => whyView(told, name),
  };
  return views[part]?.();
}

function happened(missionId: string, sequence: number): CloudEvent {
  return {
    specversion: '1.0',
    id: `mission-${missionId}/${String(sequence)}`,
    source: `/missions/${missionId}`,
    type: 'dev.missions.something.happened.v1',
    time: updatedAt,
    datacontenttype: 'application/json',
    subject: missionId,
    sequence,
    correlationid: 'c',
    causationid: 'c',
    actorkind: 'service',
    actorid: 's',
    data: {},
  };
}

function send(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
