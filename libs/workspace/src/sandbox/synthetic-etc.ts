import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SandboxUser } from './sandbox-user.ts';

/** Writes the few files of /etc that a program expects; no name of the host's users or servers is in them. */
export async function writeSyntheticEtc(stateDir: string, user: SandboxUser): Promise<string> {
  const dir = join(stateDir, 'sandbox', `etc-${String(user.uid)}`);
  await mkdir(dir, { recursive: true });
  await chmod(dir, 0o755);
  for (const [name, content] of Object.entries(etcFiles(user))) {
    await writeFile(join(dir, name), content);
    await chmod(join(dir, name), 0o644);
  }
  return dir;
}

function etcFiles({ uid, gid }: SandboxUser): Readonly<Record<string, string>> {
  return {
    passwd: `agent:x:${String(uid)}:${String(gid)}:agent:/tmp/home:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n`,
    group: `agent:x:${String(gid)}:\nnogroup:x:65534:\n`,
    hosts: '127.0.0.1 localhost sandbox\n::1 localhost\n',
    hostname: 'sandbox\n',
    'resolv.conf': '',
    'nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files\n',
  };
}
