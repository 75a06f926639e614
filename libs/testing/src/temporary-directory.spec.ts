import { existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from './temporary-directory.ts';

describe('a temporary directory', () => {
  it('is private, and gone with all that is in it at the end of its block', () => {
    let path: string;
    {
      using scratch = temporaryDirectory();
      ({ path } = scratch);
      writeFileSync(join(path, 'file'), 'content');
      expect(statSync(path).mode & 0o777).toBe(0o700);
    }
    expect(existsSync(path)).toBe(false);
  });
});
