import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { assertPortFree, freePort, isPortFree, portHolder } from './ports.ts';

describe('a port', () => {
  it('that is in use is refused with the process that holds it', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    expect(portHolder(port)?.pid).toBe(process.pid);
    await expect(assertPortFree(port, '--port')).rejects.toThrow(`pid ${String(process.pid)}`);
    expect(await freePort(port)).not.toBe(port);
    server.close();
    await once(server, 'close');
    expect(await isPortFree(port)).toBe(true);
    expect(await freePort(port)).toBe(port);
  });

  it('is given to one only, although nobody listens on it yet', async () => {
    const asked = await Promise.all(Array.from({ length: 200 }, () => freePort()));
    const again = await Promise.all(Array.from({ length: 200 }, () => freePort()));
    const ports = [...asked, ...again];
    expect(new Set(ports).size).toBe(ports.length);
    for (const port of ports) expect(port).toBeGreaterThanOrEqual(15_000);
  });
});
