import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { recordInStack } from '@missions/local';
import { temporaryDirectory, type TemporaryDirectory } from '@missions/testing';
import { runMissions } from '../conformance/run-missions.ts';
import { writeEndpoint } from '../stack/endpoint.ts';
import type { StackReport } from './stack-report.ts';

let place: TemporaryDirectory;
let servers: Server[];

beforeEach(async () => {
  place = temporaryDirectory();
  servers = [];
  await recordInStack(place.path, { name: 'services', pid: process.pid, stopLimitMs: 1 });
});

afterEach(async () => {
  for (const server of servers) server.closeAllConnections();
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  place.remove();
});

async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}

const ready: RequestListener = (_, response) => response.end('{"ready":true,"checks":{}}');
const silent: RequestListener = () => undefined;
/** As slow as a service whose database hangs: it gives each of its checks 2 s. */
const unwell: RequestListener = (_, response) => {
  setTimeout(() => {
    response
      .writeHead(503)
      .end('{"ready":false,"checks":{"bus":"ok","database":"no answer within 2000 ms"}}');
  }, 2_000);
};

/** A stack whose processes all live, with services that say what they are told to. */
async function stackOf(services: Readonly<Record<string, RequestListener>>): Promise<void> {
  const apiUrl = await serve(ready);
  const answering = [];
  for (const [name, answer] of Object.entries(services))
    answering.push({ name, url: await serve(answer), logFile: `/logs/${name}.log` });
  writeEndpoint(place.path, { apiUrl, port: 4747, pid: process.pid, services: answering });
}

async function status(): Promise<{ readonly exitCode: number; readonly report: StackReport }> {
  const { exitCode, stdout } = await runMissions(['status', '--json', '--state', place.path]);
  return { exitCode, report: JSON.parse(stdout) as StackReport };
}

describe('the status of a stack', () => {
  it('is running when each service says that it is ready', async () => {
    await stackOf({ worker: ready, 'resource-lock': ready });
    const { exitCode, report } = await status();
    expect(exitCode).toBe(0);
    expect(report).toMatchObject({
      state: 'running',
      apiReady: true,
      services: [
        { name: 'worker', ready: true },
        { name: 'resource-lock', ready: true },
      ],
    });
  });

  it('is degraded when a service that lives does not answer, or says what it lacks', async () => {
    await stackOf({ worker: ready, validator: unwell, 'resource-lock': silent });
    const { exitCode, report } = await status();
    expect(exitCode).toBe(1);
    expect(report.state).toBe('degraded');
    expect(report.services.map(({ name, detail }) => [name, detail])).toEqual([
      ['worker', 'ready'],
      ['validator', 'database: no answer within 2000 ms'],
      ['resource-lock', 'does not answer'],
    ]);
  });

  it('has a line for each service, with where its measures are and its log when it fails', async () => {
    await stackOf({ worker: ready, 'resource-lock': silent });
    const { stdout } = await runMissions(['status', '--state', place.path]);
    expect(stdout).toMatch(/^worker +http:\/\/127\.0\.0\.1:\d+ +ready$/mu);
    expect(stdout).toMatch(/^resource-lock +http:\S+ +does not answer; see \/logs\/resource-lock\.log$/mu);
  });
});
