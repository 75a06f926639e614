import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { browserMounts, fetchedBrowser, fetchedBrowserDir, installedBrowser } from './browser-program.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(realpathSync(tmpdir()), 'missions-browser-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function plant(path: string): string {
  const place = join(dir, path);
  mkdirSync(dirname(place), { recursive: true });
  writeFileSync(place, '#!/bin/sh\n');
  chmodSync(place, 0o755);
  return place;
}

describe('the browser of a host', () => {
  it('is the one an admin names, and no other', async () => {
    const configured = plant('opt/chrome/chrome');
    const found = await installedBrowser({ configured, toolsDir: dir });
    expect(found).toMatchObject({ program: configured, root: dirname(configured), libraries: [] });
    expect(await installedBrowser({ configured: '/nowhere/chrome', toolsDir: dir })).toBeUndefined();
  });

  it('is shown to itself by a mount, but for one below /usr', () => {
    const parts = { libraries: [], fonts: [] };
    expect(browserMounts({ program: '/opt/chrome/chrome', root: '/opt/chrome', ...parts })).toEqual([
      { host: '/opt/chrome', inside: '/opt/browser' },
    ]);
    expect(browserMounts({ program: '/usr/bin/chrome', root: undefined, ...parts })).toEqual([]);
  });

  it('brings the libraries that were unpacked with it, wherever Debian puts them', async () => {
    const root = fetchedBrowserDir(dir);
    const program = plant('chromium/usr/lib/chromium/chromium-headless-shell');
    plant('chromium/usr/lib/x86_64-linux-gnu/libpulse.so.0');
    plant('chromium/usr/lib/x86_64-linux-gnu/pulseaudio/libpulsecommon.so');
    plant('chromium/lib/x86_64-linux-gnu/libexpat.so.1');
    const libraries = [
      'usr/lib/x86_64-linux-gnu',
      'usr/lib/x86_64-linux-gnu/pulseaudio',
      'lib/x86_64-linux-gnu',
    ];
    const found = fetchedBrowser(root);
    expect(found).toEqual({
      program,
      root,
      libraries: libraries.map((folder) => join(root, folder)),
      fonts: [join(root, 'usr/share/fonts')],
    });
    expect(await installedBrowser({ configured: program, toolsDir: '/nowhere' })).toEqual(found);
  });
});
