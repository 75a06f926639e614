import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { adoptWorkspace } from './adopt-workspace.ts';
import { sandboxUser } from './sandbox-user.ts';

describe('adopting a workspace', () => {
  it('gives files and links to the sandbox user, and nothing that a link leads to', async () => {
    const dir = mkdtempSync(join(realpathSync(tmpdir()), 'missions-adopt-'));
    try {
      const workspace = join(dir, 'workspace');
      mkdirSync(join(workspace, 'sub'), { recursive: true });
      writeFileSync(join(dir, 'outside'), 'x');
      writeFileSync(join(workspace, 'sub', '-strange\nname'), 'x');
      symlinkSync('../outside', join(workspace, 'link'));
      await adoptWorkspace(workspace, sandboxUser().uid);
      const owner = sandboxUser().uid;
      for (const path of ['.', 'sub', 'sub/-strange\nname', 'link'])
        expect(lstatSync(join(workspace, path)).uid).toBe(owner);
      expect(statSync(join(dir, 'outside')).uid).toBe(process.getuid?.());
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});
