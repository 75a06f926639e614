/** What each setting means; a setting without a line here stops the generation, and so does a line without a setting. */
export const settingMeanings = {
  'models.<role>':
    'The model of a role: `orchestrator`, `worker`, `scrutiny`, `user_testing`, `researcher`. Taken at the start of a run, so a change counts from the next run on. Without one of its own, `researcher` uses the orchestrator’s.',
  'models.<role>.use':
    '`provider/model`: a name under `providers`, a slash, and the model’s name as that provider knows it.',
  'models.<role>.effort': 'How hard the model should think, where it can be told.',
  providers:
    'Where models answer, by the name that `use` begins with. Giving this map replaces the default one.',
  'providers.<name>.kind':
    '`anthropic`: the Messages API of Anthropic or of a server that speaks it. `scripted`: a script of replies.',
  'providers.<name>.apiKeyEnv':
    '`anthropic`: name of the environment variable that holds the key. Never the key itself.',
  'providers.<name>.baseUrl':
    '`anthropic`: where the API answers. Without it `ANTHROPIC_BASE_URL`, else the public API.',
  'providers.<name>.contextTokens': '`anthropic`: how much the model can be shown, where it is not known.',
  'providers.<name>.script':
    '`scripted`: path of the script; a relative one counts from the file that names it.',
  prices:
    'US dollars per million tokens, by `provider/model`. A model that is missing is shown as unpriced, never guessed.',
  'prices.<model>.input': 'Price of input.',
  'prices.<model>.output': 'Price of output.',
  'prices.<model>.cacheRead': 'Price of input read from the cache; without it that of input.',
  'prices.<model>.cacheWrite': 'Price of input written to the cache; without it that of input.',
  'sandbox.provider':
    '`auto` takes bubblewrap and refuses to start an agent without it. `none` needs `sandbox.allowUnsandboxed` too.',
  'sandbox.allowUnsandboxed': 'An administrator’s word that agents may run without a sandbox.',
  'sandbox.toolchain': 'Accepted, without effect in this version: agents see the service’s own Node and Git.',
  'sandbox.egress':
    'What commands in the sandbox may reach through the proxy, and nothing else. As a variable: a JSON or YAML list.',
  'sandbox.egress[].host': 'Exact host name.',
  'sandbox.egress[].port': 'Its port.',
  'sandbox.egress[].private': 'Allows an address that is loopback, link-local or private.',
  'limits.maxTurnsPerRun':
    'Turns after which a run ends with cause `budget`. Taken when a mission is created.',
  'limits.maxTokensPerTurn': 'Most tokens of one reply.',
  'limits.runStallMin':
    'How long nothing of a run may move (no turn, no part of a reply, no line of a tool) while its holder is alive; then it fails with cause `stall`. Half of it raises the alert `run.stalled`. A tool or proof may be silent for as long as its own limit besides.',
  'limits.runUnclaimedMin': 'How long a run may wait to be claimed before the alert `run.unclaimed` says so.',
  'limits.fixRoundsPerMilestone':
    'Rounds of fixing; at the cap the mission is `blocked{fix_limit}`. Taken when a mission is created.',
  'limits.leaseTtlMs': 'How long a claimed run stays claimed without a sign of life.',
  'limits.leaseRenewMs': 'How often its holder gives one; at most half of `limits.leaseTtlMs`.',
  'limits.lockDelayMs': 'How long ports, environments and browsers stay closed after a lease ran out.',
  'limits.sweepMs': 'How often expired leases and stranded work are looked for.',
  'limits.pollMs': 'How often a service looks for work that no message told it of.',
  'limits.stopMs': 'How long a service may take to stop before it is cut off.',
  'limits.startupMs': 'How long a service waits for Postgres and NATS when it starts.',
  'runs.slots': 'Runs that one replica drives at once.',
  'runs.labels': 'Labels of this replica.',
  'http.host': 'Where a service answers health, measures and (Mission Control) the API.',
  'http.port': 'Its port; 0 takes a free one, which the log then names.',
  'log.level': 'The least that is logged.',
};
