import { chmod, chown, rm } from 'node:fs/promises';
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { EgressDecision, EgressProxy, EgressProxyOptions } from '../sandbox-egress.ts';
import { permittedDestination, plainHost, systemResolve, type Resolve } from './egress-address.ts';
import { EgressUses } from './egress-uses.ts';
import { providersPath } from './model-api.ts';
import { ModelGate } from './model-gate.ts';

const connectLimitMs = 15_000;
const idleLimitMs = 300_000;
const connectionLimit = 128;
/** Hop by hop, or meant for a proxy. */
const ownHeaders = /^(connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|host)$/i;

interface Target {
  readonly method: string;
  readonly host: string;
  readonly port: number;
}

/**
 * The only way out of a sandbox: a proxy on a unix socket that is mounted into the session. It resolves names itself,
 * connects to the very address it checked, and reports every request; what is not listed is answered 403. Model
 * providers answer below `/providers/<name>` with a key that only the proxy knows.
 */
export async function openEgressProxy(
  asked: EgressProxyOptions,
  resolve: Resolve = systemResolve,
): Promise<EgressProxy> {
  const uses = new EgressUses();
  const onRequest = (decision: EgressDecision): void => {
    uses.add(decision);
    asked.onRequest(decision);
  };
  const options = { ...asked, onRequest };
  const server = createServer();
  const connections = new Set<Duplex>();
  const gate = new EgressGate(options, resolve);
  const models = new ModelGate(options);
  server.maxConnections = connectionLimit;
  server.on('connection', (socket) => track(connections, socket));
  server.on('request', (request, response) => {
    const carrier = request.url?.startsWith(providersPath) ? models : gate;
    void carrier.forward(request, response).catch(() => response.destroy());
  });
  server.on('connect', (request, socket, head) => {
    track(connections, socket);
    void gate.tunnel(request, socket, head).catch(() => socket.destroy());
  });
  await listen(server, options);
  const close = async (): Promise<void> => {
    const closed = new Promise<void>((done) =>
      server.close(() => {
        done();
      }),
    );
    for (const connection of connections) connection.destroy();
    await closed;
    await rm(options.socketPath, { force: true });
  };
  const endpoints = (options.endpoints ?? []).map(({ name, protocol }) => ({ name, protocol }));
  return { socketPath: options.socketPath, endpoints, takeUses: () => uses.take(), close };
}

async function listen(server: Server, options: EgressProxyOptions): Promise<void> {
  await rm(options.socketPath, { force: true });
  await new Promise<void>((done, fail) => {
    server.once('error', fail);
    server.listen(options.socketPath, done);
  });
  await chmod(options.socketPath, 0o600);
  if (options.uid !== undefined && process.getuid?.() === 0)
    await chown(options.socketPath, options.uid, options.uid);
}

function track(connections: Set<Duplex>, socket: Duplex): void {
  connections.add(socket);
  socket.once('close', () => connections.delete(socket));
  socket.on('error', () => undefined); // A client that goes away is no event of ours.
}

class EgressGate {
  constructor(
    private readonly options: EgressProxyOptions,
    private readonly resolve: Resolve,
  ) {}

  /** `CONNECT host:port`: a blind tunnel to the pinned address. */
  async tunnel(request: IncomingMessage, client: Duplex, head: Buffer): Promise<void> {
    const target = tunnelTarget(request.url ?? '');
    const address = await this.admit(target);
    if (address === undefined || !target) {
      client.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
      return;
    }
    const upstream = connect({ host: address, port: target.port });
    limit(upstream);
    upstream.on('error', () => client.destroy());
    client.on('close', () => upstream.destroy());
    upstream.once('connect', () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      upstream.write(head);
      client.pipe(upstream).pipe(client);
    });
  }

  /** `GET http://host/path`: the Host header is ours, so that it cannot name another server than the one admitted. */
  async forward(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = URL.canParse(request.url ?? '') ? new URL(request.url ?? '') : undefined;
    const method = request.method ?? 'GET';
    const target =
      url?.protocol === 'http:'
        ? { method, host: plainHost(url.hostname), port: Number(url.port || 80) }
        : undefined;
    const address = await this.admit(target);
    if (address === undefined || !url || !target) {
      response
        .writeHead(403, { 'content-type': 'text/plain' })
        .end('This destination is not on the egress list.\n');
      return;
    }
    const headers = { ...endToEnd(request), host: url.host };
    const path = `${url.pathname}${url.search}`;
    const upstream = httpRequest({ host: address, port: target.port, method, path, headers, agent: false });
    upstream.on('socket', limit);
    upstream.on('error', () => (response.headersSent ? response.destroy() : response.writeHead(502).end()));
    upstream.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, endToEnd(answer));
      answer.pipe(response);
    });
    response.on('close', () => upstream.destroy());
    request.pipe(upstream);
  }

  /** The pinned address, or undefined when the request is refused; reported either way. */
  private async admit(target: Target | undefined): Promise<string | undefined> {
    const { allow, onRequest } = this.options;
    if (!target) {
      onRequest({ allowed: false, method: '', host: '', port: 0, address: undefined, reason: 'malformed' });
      return undefined;
    }
    const destination = await permittedDestination(target, allow, this.resolve);
    const address = 'address' in destination ? destination.address : undefined;
    const reason = 'refused' in destination ? destination.refused : 'listed';
    onRequest({ ...target, allowed: address !== undefined, address, reason });
    return address;
  }
}

function tunnelTarget(authority: string): Target | undefined {
  const found = /^(\[[0-9a-f:.]+\]|[\w.-]+):(\d{1,5})$/i.exec(authority);
  const [, host, port] = found ?? [];
  if (host === undefined || port === undefined) return undefined;
  return { method: 'CONNECT', host: plainHost(host), port: Number(port) };
}

function endToEnd(message: IncomingMessage): Record<string, string | string[]> {
  const kept = Object.entries(message.headers).filter(
    ([name, value]) => !ownHeaders.test(name) && value !== undefined,
  );
  return Object.fromEntries(kept) as Record<string, string | string[]>;
}

function limit(socket: Socket): void {
  socket.setTimeout(socket.connecting ? connectLimitMs : idleLimitMs, () => socket.destroy());
  socket.once('connect', () => socket.setTimeout(idleLimitMs));
}
