import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { CloudEvent } from '@missions/contracts';
import { Api } from './api.ts';
import { followEvents } from './event-feed.ts';

const event = (sequence: number): CloudEvent => ({
  specversion: '1.0',
  id: `mission-m-1/${String(sequence)}`,
  source: '/missions/m-1',
  type: 'dev.missions.broadcast.published.v1',
  time: '2026-03-01T10:00:00.000Z',
  datacontenttype: 'application/json',
  subject: 'm-1',
  sequence,
  correlationid: 'c',
  causationid: 'c',
  actorkind: 'service',
  actorid: 's',
  data: {},
});

/** Sends three events behind the one that was seen last, the last of them torn in two, and breaks off. */
function sendSome(response: ServerResponse, after: number): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const text = [1, 2, 3]
    .map((step) => `id: ${String(after + step)}\ndata: ${JSON.stringify(event(after + step))}\n\n`)
    .join('');
  response.write(`: connected\n\n${text.slice(0, -20)}`, () => {
    if (after < 6) response.destroy();
    else response.end(text.slice(-20));
  });
}

describe('following events', () => {
  it('goes on behind the last whole event when a connection breaks, without loss or repeat', async () => {
    const asked: (string | undefined)[] = [];
    const server = createServer(({ headers }, response) => {
      const id = headers['last-event-id'];
      asked.push(typeof id === 'string' ? id : undefined);
      sendSome(response, Number(id ?? 0));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
    const stop = new AbortController();
    const seen: number[] = [];
    for await (const events of followEvents(new Api({ url, token: 't' }, stop.signal), {
      signal: stop.signal,
    })) {
      seen.push(...events.map(({ sequence }) => sequence));
      if (seen.length >= 9) break;
    }
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(asked.slice(0, 3)).toEqual([undefined, '2', '4']);
  });

  it('leaves nothing behind that keeps the process alive when it is refused', async () => {
    const server = createServer((_, response) => response.writeHead(401).end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
    const { signal } = new AbortController();
    const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const before = timers();
    await expect(followEvents(new Api({ url, token: 't' }, signal), { signal }).next()).rejects.toThrow(
      '401',
    );
    expect(timers()).toBe(before);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
});
