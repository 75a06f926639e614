import { existsSync, lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { SandboxMount } from '../sandbox.ts';

export const insidePaths = {
  workspace: '/workspace',
  toolchain: '/opt/toolchain',
  bwrap: '/run/missions/bwrap',
  egressSocket: '/run/missions/egress.sock',
  home: '/tmp/home',
} as const;

const devices = ['null', 'zero', 'full', 'random', 'urandom', 'tty'];
/** Names, not contents, of the host: where Debian's alternatives point, certificates, library and time zone caches. */
const hostEtc = [
  'alternatives',
  'ssl/certs',
  'ssl/openssl.cnf',
  'ca-certificates',
  'pki/tls/certs',
  'pki/ca-trust/extracted',
  'ld.so.cache',
  'ld.so.conf',
  'ld.so.conf.d',
  'localtime',
  'services',
  'protocols',
  'mime.types',
];

export interface RootOptions {
  readonly workspace: string;
  readonly readOnlyMounts: readonly SandboxMount[];
  readonly writableMounts: readonly SandboxMount[];
  /** Host directory with the synthetic passwd, group, hosts, resolv.conf and nsswitch.conf. */
  readonly etcDir: string;
  readonly toolchainDir: string;
  readonly bwrap: string;
  readonly egressSocket: string | undefined;
  readonly tmpBytes: number;
}

/** The bubblewrap arguments that build what a session sees; what is not named here does not exist inside. */
export function rootArguments(options: RootOptions): string[] {
  return [
    ...systemArguments(),
    ...deviceArguments(),
    ...etcArguments(options.etcDir),
    ...['--perms', '0755', '--dir', '/run', '--perms', '0755', '--dir', '/run/missions'],
    ...[
      '--ro-bind',
      options.bwrap,
      insidePaths.bwrap,
      '--ro-bind',
      options.toolchainDir,
      insidePaths.toolchain,
    ],
    ...(options.egressSocket ? ['--bind', options.egressSocket, insidePaths.egressSocket] : []),
    ...['--size', String(options.tmpBytes), '--perms', '1777', '--tmpfs', '/tmp', '--dir', insidePaths.home],
    ...workspaceArguments(options.workspace),
    ...options.readOnlyMounts.flatMap(({ host, inside }) => ['--ro-bind', host, inside]),
    ...options.writableMounts.flatMap(({ host, inside }) => ['--bind', host, inside]),
    ...['--remount-ro', '/dev', '--remount-ro', '/'],
  ];
}

/** The same for a process apart: the system, the toolchain, its own mounts, an empty /tmp; nothing of the session. */
export function apartArguments(
  options: Pick<RootOptions, 'etcDir' | 'toolchainDir' | 'readOnlyMounts' | 'tmpBytes'>,
): string[] {
  const tmp = ['--size', String(options.tmpBytes), '--perms', '1777', '--tmpfs', '/tmp'];
  return [
    ...[...systemArguments(), ...etcArguments(options.etcDir)],
    ...['--ro-bind', options.toolchainDir, insidePaths.toolchain, ...tmp],
    ...options.readOnlyMounts.flatMap(({ host, inside }) => ['--ro-bind', host, inside]),
  ];
}

function systemArguments(): string[] {
  const topLevel = readdirSync('/').filter((name) => /^(s?bin|lib(32|64|x32)?)$/.test(name));
  return [
    ...['--ro-bind', '/usr', '/usr', '--proc', '/proc'],
    ...topLevel
      .sort()
      .flatMap((name) =>
        lstatSync(`/${name}`).isSymbolicLink()
          ? ['--symlink', readlinkSync(`/${name}`), `/${name}`]
          : ['--ro-bind', `/${name}`, `/${name}`],
      ),
  ];
}

/** Each command mounts a /dev of its own over this one, from these nodes; here it would need a devpts, thus uid 0. */
function deviceArguments(): string[] {
  return ['--tmpfs', '/dev', ...devices.flatMap((name) => ['--dev-bind', `/dev/${name}`, `/dev/${name}`])];
}

function etcArguments(etcDir: string): string[] {
  const synthetic = readdirSync(etcDir).sort();
  return [
    ...['--perms', '0755', '--dir', '/etc'],
    ...synthetic.flatMap((name) => ['--ro-bind', join(etcDir, name), `/etc/${name}`]),
    ...hostEtc
      .filter((name) => existsSync(`/etc/${name}`))
      .flatMap((name) => ['--ro-bind', `/etc/${name}`, `/etc/${name}`]),
  ];
}

function workspaceArguments(workspace: string): string[] {
  const gitDir = join(workspace, '.git');
  return [
    ...['--bind', workspace, insidePaths.workspace],
    ...(existsSync(gitDir) ? ['--ro-bind', gitDir, `${insidePaths.workspace}/.git`] : []),
  ];
}
