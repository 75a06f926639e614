/** Where Git and the programs it may start are looked for when the caller does not say. */
export const DEFAULT_SEARCH_PATH =
  '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/homebrew/bin';

/** Beats the configuration of any repository: nothing in one may name a program that Git would run. */
const SAFE_CONFIGURATION: readonly string[] = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'core.untrackedCache=false',
  'core.attributesFile=/dev/null',
  'core.excludesFile=/dev/null',
  'core.autocrlf=false',
  'core.eol=lf',
  'core.safecrlf=false',
  'core.symlinks=true',
  'core.fileMode=true',
  'core.ignoreCase=false',
  'core.precomposeUnicode=false',
  'core.protectHFS=true',
  'core.protectNTFS=true',
  'core.quotePath=false',
  'core.pager=cat',
  'core.askPass=',
  'core.sshCommand=ssh -oBatchMode=yes -oConnectTimeout=20 -oServerAliveInterval=15 -oServerAliveCountMax=4',
  'http.lowSpeedLimit=1',
  'http.lowSpeedTime=60',
  'credential.helper=',
  'commit.gpgSign=false',
  'tag.gpgSign=false',
  'log.showSignature=false',
  'gc.auto=0',
  'maintenance.auto=false',
  'submodule.recurse=false',
  'fetch.recurseSubmodules=false',
  'fetch.writeCommitGraph=false',
  'diff.external=',
  'diff.submodule=short',
  'diff.ignoreSubmodules=none',
  'diff.orderFile=',
  'protocol.allow=never',
];

export const SAFE_CONFIGURATION_ARGUMENTS: readonly string[] = SAFE_CONFIGURATION.flatMap((line) => [
  '-c',
  line,
]);

export interface GitEnvironment {
  readonly searchPath: string;
  /** An empty directory: what Git and its transports find at home is nothing. */
  readonly home: string;
  /** Transports this call may use; none by default, so that no missing object is ever fetched behind our back. */
  readonly protocols?: readonly string[];
}

/** The whole environment of a Git process; nothing is inherited from ours. */
export function gitEnvironment({ searchPath, home, protocols = [] }: GitEnvironment): Record<string, string> {
  return {
    PATH: searchPath,
    HOME: home,
    XDG_CONFIG_HOME: home,
    LC_ALL: 'C',
    TZ: 'UTC',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_SYSTEM: '/dev/null',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_EDITOR: 'false',
    GIT_PAGER: 'cat',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_LITERAL_PATHSPECS: '1',
    GIT_NO_LAZY_FETCH: '1',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_ADVICE: '0',
    GIT_ALLOW_PROTOCOL: protocols.join(':'),
  };
}
