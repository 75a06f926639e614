import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer as createHttp2Server } from 'node:http2';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import * as restate from '@restatedev/restate-sdk';
import * as clients from '@restatedev/restate-sdk-clients';
import { servePeer } from './peer.mjs';
import { model, tool, TURNS } from './work.mjs';

const READY_MS = 60_000;

/** A handler whose every call of the model and of the tool is journaled before it goes on. */
const agent = restate.service({
  name: 'agent',
  handlers: {
    work: async (ctx) => {
      for (let turn = 0; turn < TURNS; turn += 1) {
        const reply = await ctx.run('model', () => model(turn));
        await ctx.run('tool', () => tool(reply.call));
      }
    },
  },
});

await servePeer(async ({ directory }) => {
  const [node, ingress, admin] = await freePorts(3);
  const server = startServer({ directory, node, ingress, admin });
  const handlers = createHttp2Server(restate.createEndpointHandler({ services: [agent] }));
  await once(handlers.listen(0, '127.0.0.1'), 'listening');
  await registered(admin, `http://127.0.0.1:${handlers.address().port}`);
  const client = clients.connect({ url: `http://127.0.0.1:${ingress}` }).serviceClient(agent);
  return {
    work: () => client.work(),
    close: async () => {
      server.kill('SIGTERM');
      const kill = setTimeout(() => server.kill('SIGKILL'), 3_000);
      if (server.exitCode === null && server.signalCode === null) await once(server, 'exit');
      clearTimeout(kill);
    },
  };
});

/** Its own log on disk, with its defaults: every write is synced. */
function startServer({ directory, node, ingress, admin }) {
  const platform = `@restatedev/restate-server-${process.platform}-${process.arch}`;
  const folder = dirname(createRequire(import.meta.url).resolve(`${platform}/package.json`));
  const flags = ['--node-name', 'bench', '--base-dir', directory, '--listen-mode', 'tcp', '--no-logo'];
  return spawn(join(folder, 'bin', 'restate-server'), flags, {
    stdio: 'ignore',
    env: {
      RESTATE_BIND_IP: '127.0.0.1',
      RESTATE_BIND_PORT: String(node),
      RESTATE_ADVERTISED_HOST: '127.0.0.1',
      RESTATE_INGRESS__BIND_PORT: String(ingress),
      RESTATE_ADMIN__BIND_PORT: String(admin),
      RESTATE_DISABLE_TELEMETRY: 'true',
      DO_NOT_TRACK: '1',
      RESTATE_LOG_FILTER: 'error',
    },
  });
}

async function registered(admin, uri) {
  const limit = AbortSignal.timeout(READY_MS);
  for (;;) {
    limit.throwIfAborted();
    const answer = await fetch(`http://127.0.0.1:${admin}/deployments`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ uri }),
      signal: limit,
    }).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function freePorts(count) {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
