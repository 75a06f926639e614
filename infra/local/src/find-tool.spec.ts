import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '@missions/testing';
import { findTool, installedTool } from './find-tool.ts';

function plant(path: string): void {
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, '#!/bin/sh\n');
  chmodSync(path, 0o755);
}

describe('a system program', () => {
  it('is taken from PATH first', async () => {
    using scratch = temporaryDirectory();
    plant(join(scratch.path, 'bin/nats-server'));
    plant(join(scratch.path, 'state/tools/nats-server/usr/sbin/nats-server'));
    const options = {
      stateDir: join(scratch.path, 'state'),
      environment: { PATH: `relative:${scratch.path}/bin` },
    };
    expect(await findTool('nats-server', options)).toBe(join(scratch.path, 'bin/nats-server'));
  });

  it('is taken from the state directory when it was fetched before', () => {
    using scratch = temporaryDirectory();
    const fetched = join(scratch.path, 'tools/nats-server/usr/sbin/nats-server');
    plant(fetched);
    const options = { stateDir: scratch.path, environment: { PATH: '/nowhere' } };
    const found = installedTool('nats-server', options);
    // A machine that has one installed finds that one first, wherever PATH leads.
    expect([
      fetched,
      '/usr/sbin/nats-server',
      '/usr/local/bin/nats-server',
      '/usr/bin/nats-server',
    ]).toContain(found);
  });
});
