import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runMissions } from '../conformance/run-missions.ts';

let place: string;

beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'missions-pr-'));
});

afterEach(() => {
  rmSync(place, { recursive: true, force: true });
});

describe('missions pr', () => {
  it('is off, and says which lines turn it on', async () => {
    const { exitCode, stderr } = await runMissions(['pr', 'm-demo1'], { cwd: place });
    expect(exitCode).toBe(3);
    for (const line of ['delivery:', 'enabled: true', 'tokenEnv: GITHUB_TOKEN'])
      expect(stderr).toContain(line);
  });

  it.each([
    ['enabled: true', 'delivery.pullRequests.provider: is needed'],
    ['tokenEnv: ghp_a-token', 'names an environment variable'],
    ['apiUrl: http://forge.example/', 'has to be https'],
    ['remote: https://me:pw@forge.example/a.git', 'holds a password'],
  ])('is not configured by %s', async (line, fault) => {
    writeFileSync(join(place, 'missions.config.yaml'), `delivery:\n  pullRequests:\n    ${line}\n`);
    const { exitCode, stderr } = await runMissions(['pr', 'm-demo1'], { cwd: place });
    expect(exitCode).toBe(3);
    expect(stderr).toContain(fault);
  });
});
